"""What people tell the operators of accounts and posts, who read it on the command line; table microblog_reports."""
