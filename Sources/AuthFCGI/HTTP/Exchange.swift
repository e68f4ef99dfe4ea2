import Crypto
import Domain
import Persistence

/// A request whose route is found.
struct Arrival {
    /// How refusals and successes are told.
    enum Style: Sendable {
        /// JSON and statuses.
        case api
        /// Redirects to pages (decisions 12).
        case form
        /// A page, for somebody who asked for one.
        case page
    }

    let request: Request
    let route: Route
    /// The values of the placeholders of the path.
    let path: [String: String]
    let style: Style
}

/// One request in the hands of its handler: what the pipeline has found out, and the store to work in.
struct Exchange: ~Copyable {
    let app: App
    private let arrival: Arrival
    let origin: Origin
    let input: Input
    /// Set where the route demands a user, or welcomes one; otherwise nil even if a session came along.
    let caller: Caller?
    var store: Store

    init(app: App, arrival: Arrival, origin: Origin, input: Input, caller: Caller?, store: consuming Store) {
        self.app = app
        self.arrival = arrival
        self.origin = origin
        self.input = input
        self.caller = caller
        self.store = store
    }

    var request: Request { arrival.request }
    var path: [String: String] { arrival.path }
    var style: Arrival.Style { arrival.style }
    /// The page of the route.
    var page: Page? { arrival.route.page }

    /// Gives the store back to the worker.
    consuming func takeStore() -> Store { store }

    /// The caller of a route with access `user`.
    func signedIn() throws(Failure) -> Caller {
        guard let caller else { throw .refused(HTTPRefusal.authenticationRequired) }
        return caller
    }
}
