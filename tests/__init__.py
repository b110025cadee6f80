"""The tests of Teahouse, one folder for each part."""
