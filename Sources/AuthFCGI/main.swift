print("authfcgi")
