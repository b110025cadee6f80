"""People of the microblog: accounts, who follows, blocks and mutes whom, lists, and what each may know of others."""
