internal import CFastCGI

/// The parameters of the request that libfcgi holds.
///
/// They die with the request: whoever kept the object gets nil afterwards, never another request's values.
final class RequestParameters: ParameterSource {
    private var environment: FCGX_ParamArray?

    init(_ environment: FCGX_ParamArray?) {
        self.environment = environment
    }

    func value(of parameter: Parameter) -> String? {
        guard let environment, let value = FCGX_GetParam(parameter.rawValue, environment) else { return nil }
        return String(cString: value)
    }

    func close() {
        environment = nil
    }
}
