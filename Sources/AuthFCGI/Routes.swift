/// Every endpoint of the service.
enum Routes {
    static let all: [Route] =
        SessionRoutes.all + UserRoutes.all + PasswordRoutes.all + FormRoutes.all + HealthRoutes.all
}
