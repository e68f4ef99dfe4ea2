internal import ArgumentParser
internal import Crypto
internal import Domain
internal import JSON
internal import Persistence

/// `authfcgi init-db`: the SQL that the database's root runs once.
struct InitDatabaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init-db",
        abstract: "Print the SQL that makes the schema, its accounts and its routines.",
        discussion: """
            Pipe it to the client of the database's root: authfcgi init-db | mariadb. It holds the passwords of the \
            settings, so do not put it into a file. It can be run again.
            """)

    @OptionGroup var options: ConfigOptions

    func run() throws {
        let database = try options.settings().database
        guard let application = database.password.secret, let migrator = database.migratorPassword.secret else {
            throw CommandError(
                "set database.password and database.migrator_password first; when they are in files, run this as root")
        }
        do throws(Failure) {
            let script = GrantScript(settings: database)
            print(try script.render(applicationPassword: application, migratorPassword: migrator))
        } catch {
            throw CommandError(error)
        }
    }
}

extension GrantScript {
    init(settings database: Settings.Database) {
        self.init(
            database: database.name, application: database.user, migrator: database.migratorUser,
            owner: "\(database.user)_owner", host: database.socket.isEmpty ? "%" : "localhost")
    }
}

/// `authfcgi migrate [--plan]`
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the schema to the version of this program.")

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Only tell what would be done.")
    var plan = false

    func run() throws {
        let database = try options.settings().database
        let migrator = Migrator(settings: DatabaseSettings(migratorOf: database), application: database.user)
        do throws(Failure) {
            if plan {
                let pending = try migrator.plan()
                for migration in pending { print("pending: \(migration.version) \(migration.name)") }
                if pending.isEmpty { print("the schema is current") }
                return
            }
            let done = try migrator.run { migration, statement in
                print("migration \(migration.version): \(statement)")
            }
            print(done.isEmpty ? "the schema is current" : "done: \(done.count) migrations applied")
        } catch {
            throw CommandError(error)
        }
    }
}

/// `authfcgi routes`
struct RoutesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes", abstract: "List every endpoint with its pool.",
        discussion: "The profiles are those that the settings mount; without settings, all at their usual places.")

    @OptionGroup var options: ConfigOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "The base path; else the setting `site.base_path`.")
    var basePath: String?

    func run() throws {
        let settings = options.path == nil ? nil : try options.settings()
        let base = basePath ?? (settings ?? Settings()).site.basePath
        let routes = Routes.all(with: settings?.compat ?? .usual)
        let records: [[(name: String, value: JSONValue)]] = routes.map { route in
            [
                ("profile", .string(route.profile.rawValue)), ("method", .string(route.method.rawValue)),
                ("path", .string(route.fullPath(below: base))), ("pool", .string(route.pool.rawValue)),
                ("caller", .string(route.access.rawValue)), ("summary", .string(route.summary)),
            ]
        }
        let columns = ["profile", "method", "path", "pool", "caller", "summary"]
        print(Output.table(records, columns: columns, json: output.json))
    }
}
