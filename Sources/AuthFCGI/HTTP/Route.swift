import Domain

/// The methods that routes answer; HEAD is answered by GET.
enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Whether it may change anything (RFC 9110, 9.2.1).
    var isSafe: Bool { self == .get || self == .head }
}

/// Who may call a route.
enum Access: String, Sendable {
    case anyone
    /// Anyone; somebody with a live session is known by it.
    case visitor
    /// Somebody with a live session.
    case user
}

/// How a body may be written. A route that takes none refuses every body.
enum BodyKind: String, Sendable {
    case json
    case form
    case mergePatch = "merge-patch"
}

/// One endpoint, as data: router, pipeline, tests, documents and `authfcgi routes` read the same list.
struct Route: Sendable {
    typealias Handler = @Sendable (_ exchange: inout Exchange) throws(Failure) -> Response

    let method: Method
    /// Below the base path; `{name}` stands for one segment.
    private(set) var path: String
    /// Whether the path stands at the root instead.
    private(set) var isRooted: Bool
    let pool: Pool
    let access: Access
    /// Which row of the cross-site rule holds (decisions 11).
    let forms: CrossSite.RouteClass
    let bodies: [BodyKind]
    /// The fields it reads, for the documents and for refusing others.
    let fields: [String]
    /// One sentence for the documents.
    let summary: String
    let handler: Handler
    /// Whether its outcomes are counted as sign-ins.
    private(set) var isSignIn = false
    /// Whose shape its refusals have.
    private(set) var profile = ResponseProfile.canonical
    /// What a browser sees there: instead of JSON, and again when its form is refused.
    private(set) var page: Page?
    /// Whether it is worth nothing where no mail leaves.
    private(set) var isMailing = false
    /// Its position in `RouteLabel.all`.
    private(set) var number = RouteLabel.none

    static func get(
        _ path: String, _ access: Access, pool: Pool = .web, rooted: Bool = false, _ summary: String,
        _ handler: @escaping Handler
    ) -> Route {
        Route(
            method: .get, path: path, isRooted: rooted, pool: pool, access: access, forms: .exempt, bodies: [],
            fields: [], summary: summary, handler: handler)
    }

    static func post(
        _ path: String, _ access: Access, pool: Pool = .web, forms: CrossSite.RouteClass = .account,
        fields: [String], _ summary: String, _ handler: @escaping Handler
    ) -> Route {
        Route(
            method: .post, path: path, isRooted: false, pool: pool, access: access, forms: forms,
            bodies: [.form, .json], fields: fields, summary: summary, handler: handler)
    }

    static func signIn(
        _ path: String, fields: [String], _ summary: String, _ handler: @escaping Handler
    ) -> Route {
        var route = post(path, .anyone, pool: .login, forms: .signIn, fields: fields, summary, handler)
        route.isSignIn = true
        return route
    }

    static func patch(
        _ path: String, _ access: Access, pool: Pool = .web, fields: [String], _ summary: String,
        _ handler: @escaping Handler
    ) -> Route {
        Route(
            method: .patch, path: path, isRooted: false, pool: pool, access: access, forms: .account,
            bodies: [.mergePatch, .json], fields: fields, summary: summary, handler: handler)
    }

    static func delete(
        _ path: String, _ access: Access, pool: Pool = .web, fields: [String] = [], _ summary: String,
        _ handler: @escaping Handler
    ) -> Route {
        Route(
            method: .delete, path: path, isRooted: false, pool: pool, access: access, forms: .account,
            bodies: fields.isEmpty ? [] : [.json], fields: fields, summary: summary, handler: handler)
    }

    /// The same with a page for browsers.
    func showing(_ page: Page) -> Route {
        var route = self
        route.page = page
        return route
    }

    /// The same, refused where no mail leaves: nobody is to wait for one, and its secret is to lie nowhere.
    var mailing: Route {
        var route = self
        route.isMailing = true
        return route
    }

    /// The same endpoint as part of a profile that stands below `mount`.
    func mounted(at mount: String, as profile: ResponseProfile) -> Route {
        var route = self
        route.path = mount + path
        route.isRooted = true
        route.profile = profile
        return route
    }

    /// The same with its number among all that there are.
    func numbered(below mount: String) -> Route {
        var route = self
        let label = label(below: mount)
        route.number = RouteLabel.all.firstIndex(of: label) ?? RouteLabel.none
        return route
    }

    /// Its name for those who count, wherever it is mounted.
    func label(below mount: String = "") -> String {
        let place = profile == .canonical ? "" : "{\(profile.rawValue)}"
        return "\(method.rawValue) \(place)\(path.dropFirst(mount.count))"
    }

    /// The path as clients see it.
    func fullPath(below base: String) -> String { isRooted ? path : base + path }
}
