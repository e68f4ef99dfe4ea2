import Domain

/// One's own sessions as people read them, each with its button.
enum SessionsPage {
    static let row = Template(PackageResources.session_row_html)

    static func rows(_ sessions: [Session], of caller: Caller, in app: App) -> HTML {
        let csrf = app.forgeryTokens.token(for: caller.session)
        return sessions.map { session in
            row.html([
                "base": app.site.basePath, "csrf": csrf, "id": session.id.description, "agent": agent(of: session),
                "address": session.address.text, "since": session.createdAt.readable,
                "used": session.lastUsedAt.readable, "current": session.id == caller.session.id ? "1" : "",
            ])
        }.reduce(.empty, +)
    }

    /// What a browser calls itself, no more than a line of it.
    private static func agent(of session: Session) -> String {
        let name = Output.printable(session.userAgent ?? "").prefix(120)
        return name.isEmpty ? "A program without a name" : String(name)
    }
}
