/// Finds the route of a path. Built once at start; a literal segment wins over a placeholder.
struct Router: Sendable {
    enum Outcome {
        case found(Route, path: [String: String])
        /// The path exists, with these methods.
        case wrongMethod(allowed: [String])
        case missing
    }

    private struct Node: Sendable {
        var literals: [Substring: Node] = [:]
        var placeholder: (name: String, node: [Node])?
        var routes: [Method: Route] = [:]
    }

    private var root = Node()

    init(_ routes: [Route], basePath: String) {
        for route in routes {
            let path = route.fullPath(below: basePath)
            let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            Router.insert(route, Array(segments), into: &root)
        }
    }

    func route(_ method: Method?, _ path: String) -> Outcome {
        var node = root
        var values: [String: String] = [:]
        for segment in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            if let next = node.literals[segment] {
                node = next
            } else if let placeholder = node.placeholder, let next = placeholder.node.first, !segment.isEmpty {
                values[placeholder.name] = String(segment)
                node = next
            } else {
                return .missing
            }
        }
        guard !node.routes.isEmpty else { return .missing }
        if let method, let route = node.routes[method == .head ? .get : method] { return .found(route, path: values) }
        var allowed = node.routes.keys.map(\.rawValue)
        if node.routes[.get] != nil { allowed.append(Method.head.rawValue) }
        return .wrongMethod(allowed: allowed.sorted())
    }

    private static func insert(_ route: Route, _ segments: [Substring], into node: inout Node) {
        guard let first = segments.first else {
            precondition(node.routes[route.method] == nil, "two routes answer \(route.method.rawValue) \(route.path)")
            node.routes[route.method] = route
            return
        }
        let rest = Array(segments.dropFirst())
        if first.hasPrefix("{"), first.hasSuffix("}") {
            var next = node.placeholder?.node.first ?? Node()
            insert(route, rest, into: &next)
            node.placeholder = (String(first.dropFirst().dropLast()), [next])
        } else {
            insert(route, rest, into: &node.literals[first, default: Node()])
        }
    }
}
