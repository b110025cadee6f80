"""Finding people, tags and posts: search, trends, suggestions, the directory.

query.py          what is written in a search field, read into words and conditions. Pure
search.py         accounts, posts and tags that match, and addresses of what is here
trends.py         what many people care for lately
standing.py       what was found last, shown while it is looked for anew
suggestions.py    whom somebody might want to follow; the directory
store_words.py    the words of posts;  store_trends.py  store_people.py   the other SQL
"""
