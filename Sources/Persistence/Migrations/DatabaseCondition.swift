internal import Domain

/// What a look at the database comes to, for an operator.
package enum DatabaseCondition: Sendable, Equatable {
    /// The account can sign in, and the schema is the one that this program needs.
    case ready
    /// Nobody answers, or not in time: trying again later can succeed.
    case unreachable(String)
    /// Something has to be mended first; the text says what, and by which command.
    case unfit(String)

    /// Connects once, with the limits of a request.
    package init(of settings: DatabaseSettings) {
        let connection: Connection
        do throws(MariaDBError) {
            connection = try Connection.open(to: settings, limits: .service)
        } catch {
            self = DatabaseCondition(refused: error, settings)
            return
        }
        do throws(MariaDBError) {
            let advice = try [
                Routines.advice(on: connection), SchemaState(on: connection).advice(),
            ].compactMap(\.self)
            self = advice.isEmpty ? .ready : .unfit(advice.joined(separator: "; then: "))
        } catch {
            self = .unreachable("it went away while it was asked for its schema")
        }
    }

    private init(refused error: MariaDBError, _ settings: DatabaseSettings) {
        let text = "\(settings.place) as \(settings.user): \(error.summary)"
        switch error.code {
        case 1044, 1045, 1049, 1130, 1251, 1698, 2059, 4151:
            self = .unfit(
                "\(text); correct `database` in the settings, or run `authfcgi init-db | mariadb` as the database's root"
            )
        case 2026: self = .unfit("\(text); correct `database.host` or `database.tls_ca`")
        default: self = .unreachable(text)
        }
    }
}
