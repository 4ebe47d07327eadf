"""An answer told to a reader: words for codes, the reasons, what is open, and the screen that puts them in
order.
"""
