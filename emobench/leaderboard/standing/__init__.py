"""Where does an entry stand among others, and how surely?"""
