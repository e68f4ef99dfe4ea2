import Crypto
import Domain
import Persistence

/// One request on its way: what the pipeline has found out so far, and the store the handler works in.
struct Exchange: ~Copyable {
    /// How refusals and successes are told.
    enum Style: Sendable {
        /// JSON and statuses.
        case api
        /// Redirects to pages (decisions 12).
        case form
    }

    let app: App
    let request: Request
    let route: Route
    /// The values of the placeholders of the path.
    let path: [String: String]
    let origin: Origin
    let style: Style
    let input: Input
    /// Set where the route demands a user; otherwise nil even if a session came along.
    private(set) var caller: Caller?
    var store: Store

    init(
        app: App, request: Request, route: Route, path: [String: String], origin: Origin, style: Style, input: Input,
        caller: Caller?, store: consuming Store
    ) {
        self.app = app
        self.request = request
        self.route = route
        self.path = path
        self.origin = origin
        self.style = style
        self.input = input
        self.caller = caller
        self.store = store
    }

    /// Gives the store back to the worker.
    consuming func takeStore() -> Store { store }

    /// The caller of a route with access `user`.
    func signedIn() throws(Failure) -> Caller {
        guard let caller else { throw .refused(HTTPRefusal.authenticationRequired) }
        return caller
    }
}
