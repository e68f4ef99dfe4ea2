/// Everything that is stored about a person, in the order in which it is shown.
package struct PersonalExport: Sendable, Equatable {
    package let at: Instant
    package let sections: [Section]

    package init(at now: Instant, sections: [Section]) {
        self.at = now
        self.sections = sections
    }

    /// What one table has.
    package struct Section: Sendable, Equatable {
        package let name: String
        /// Whether there can be several; else there is one record, or none.
        package let isList: Bool
        package let records: [Record]

        package init(name: String, isList: Bool, records: [Record]) {
            self.name = name
            self.isList = isList
            self.records = records
        }
    }

    package struct Record: Sendable, Equatable {
        package var members: [Member]

        package init(members: [Member]) {
            self.members = members
        }
    }

    package struct Member: Sendable, Equatable {
        package let name: String
        package let value: Value

        package init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    package enum Value: Sendable, Equatable {
        case nothing
        case text(String)
        case number(Int64)
        case flag(Bool)
        case time(Instant)
        case address(NetworkAddress)
        /// A JSON text that we wrote.
        case json(String)
    }
}

/// Reads what is stored about a person.
package protocol ExportStore: ~Copyable {
    /// A registration under the same address is among it where the address is known to be his: a stranger who has put it
    /// into his own account must not read what its owner types.
    mutating func personalSections(of user: User) throws(Failure) -> [PersonalExport.Section]
}
