/// The FastCGI parameters that are read, and no others (security F4): what nginx/params sets, and
/// nginx/check.conf of them what a check reads.
///
/// A name with the prefix `HTTP_` carries what the client wrote; the others are set by nginx itself.
enum Parameter: String, CaseIterable, Sendable {
    case requestMethod = "REQUEST_METHOD"
    /// The path that nginx routed by, decoded and normalised; in a subrequest that of the subrequest.
    case documentURI = "DOCUMENT_URI"
    /// The path and query as the client sent them; in a subrequest those of the parent.
    case requestURI = "REQUEST_URI"
    case queryString = "QUERY_STRING"
    case contentType = "CONTENT_TYPE"
    case contentLength = "CONTENT_LENGTH"
    case remoteAddress = "REMOTE_ADDR"
    /// Seconds since 1970 with milliseconds, when nginx received the request (`$msec`).
    case receivedAt = "AUTHFCGI_RECEIVED_AT"
    /// What proves that the peer is the web server.
    case poolSecret = "AUTHFCGI_POOL_SECRET"
    /// The policy of an `auth_request` location: a constant (decisions 16).
    case authPolicy = "AUTH_POLICY"
    case accept = "HTTP_ACCEPT"
    case authorization = "HTTP_AUTHORIZATION"
    case cookie = "HTTP_COOKIE"
    case csrfToken = "HTTP_X_CSRF_TOKEN"
    case origin = "HTTP_ORIGIN"
    case referer = "HTTP_REFERER"
    case secFetchSite = "HTTP_SEC_FETCH_SITE"
    /// The client's word for the trace that this request belongs to (`TraceParent`).
    case traceParent = "HTTP_TRACEPARENT"
    case userAgent = "HTTP_USER_AGENT"
}

/// Where parameters come from: libfcgi in a worker, a dictionary in a test.
protocol ParameterSource: AnyObject {
    /// The value, or nil when it was not sent. What is not UTF-8 is repaired with U+FFFD, which no rule accepts.
    func value(of parameter: Parameter) -> String?
}
