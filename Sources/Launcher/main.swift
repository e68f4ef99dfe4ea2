internal import AuthFCGI

Authfcgi.main()
