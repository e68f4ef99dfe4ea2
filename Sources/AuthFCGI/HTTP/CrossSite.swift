/// Whether an unsafe request may come from where it comes from: the rule of decisions 11, first match wins.
struct CrossSite: Sendable {
    enum RouteClass: Sendable, CaseIterable {
        /// Sign-in, registration, recovery: no cookie is their credential.
        case signIn
        /// What acts on a signed-in person's account.
        case account
        /// The check, and what its own state protects.
        case exempt
    }

    enum Credential: Sendable, CaseIterable {
        case none
        case cookie
        /// A bearer or API token: no browser adds one by itself.
        case bearer
    }

    enum Verdict: Sendable, Equatable {
        case allowed
        /// Only with the session-bound token of `GET /auth/csrf`.
        case tokenRequired
        case refused
    }

    /// Every origin under which browsers see our own pages.
    let ownOrigins: Set<String>
    /// Other origins whose sign-in, registration and recovery forms are accepted.
    let formOrigins: Set<String>
    /// Other origins whose account forms are accepted.
    let settingsOrigins: Set<String>

    func verdict(
        _ routeClass: RouteClass, origin: String?, secFetchSite: String?, referer: String? = nil,
        credential: Credential
    ) -> Verdict {
        if routeClass == .exempt || credential == .bearer { return .allowed }
        // An empty value, or more than one, is nothing that a browser sends.
        if let origin, origin.isEmpty || origin.utf8.contains(where: { $0 == 0x20 || $0 == 0x2C }) { return .refused }
        if secFetchSite == "same-origin" { return .allowed }
        if let origin {
            return verdict(routeClass, listed: origin, credential: credential)
        }
        guard secFetchSite == nil else { return .refused }
        // A text browser says nothing but where it comes from; no page can make it say another's name.
        if let referer, ownOrigins.contains(where: { referer.hasPrefix($0 + "/") }) { return .allowed }
        return routeClass == .account && credential == .cookie ? .tokenRequired : .allowed
    }

    private func verdict(_ routeClass: RouteClass, listed origin: String, credential: Credential) -> Verdict {
        if ownOrigins.contains(origin) { return .allowed }
        switch routeClass {
        case .signIn, .exempt: return formOrigins.contains(origin) ? .allowed : .refused
        case .account:
            if settingsOrigins.contains(origin) { return .allowed }
            // A listed page may act on an account when it proves that it was given the token.
            return formOrigins.contains(origin) && credential == .cookie ? .tokenRequired : .refused
        }
    }
}
