internal import CMariaDB
package import Crypto

extension LinkedLibrary {
    /// Connector/C by its own version, not that of the server it came with.
    package static var mariaDB: LinkedLibrary {
        LinkedLibrary(
            name: "libmariadb", built: MARIADB_PACKAGE_VERSION,
            running: mysql_get_client_info().map { String(cString: $0) } ?? "")
    }
}
