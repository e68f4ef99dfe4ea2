internal import Crypto
package import Domain

extension Store: ExportStore {
    package mutating func personalSections(of user: User) throws(Failure) -> [PersonalExport.Section] {
        var sections: [PersonalExport.Section] = []
        for table in ExportTable.all {
            var records: [PersonalExport.Record] = []
            if let query = table.query(for: user) {
                for row in try read(query) { records.append(try record(of: row, in: table, of: user)) }
            }
            sections.append(PersonalExport.Section(name: table.section, isList: table.isList, records: records))
        }
        sections.insert(try password(of: user), at: 1)
        return sections
    }

    private mutating func password(of user: User) throws(Failure) -> PersonalExport.Section {
        var row = try read("SELECT password_parameters(\(user.id))").first
        let packed = try row?.optional(String.self)
        let cost = try packed.map { text throws(Failure) in try PasswordParameters(packed: text).cost }
        let records = cost.map { cost in
            [
                PersonalExport.Record(members: [
                    PersonalExport.Member("iterations", .number(Int64(cost.iterations))),
                    PersonalExport.Member("memory", .number(Int64(cost.memory))),
                ])
            ]
        }
        return PersonalExport.Section(name: ExportTable.password.section, isList: false, records: records ?? [])
    }

    private func record(
        of row: Row, in table: ExportTable, of user: User
    ) throws(Failure) -> PersonalExport.Record {
        var row = row
        var members: [PersonalExport.Member] = []
        var id: AuditEventID?
        var keyID: Keyring.KeyID?
        for column in table.columns {
            switch column.kind {
            case .owner: row.skip(1)
            case .key: keyID = try row.next(Keyring.KeyID.self)
            case .personal:
                let opened = open(try row.next(), of: id, under: keyID, for: user)
                members.append(
                    PersonalExport.Member(
                        "address", opened.map { PersonalExport.Value.address($0.address) } ?? .nothing))
                let agent = opened?.agent
                members.append(
                    PersonalExport.Member("user_agent", agent.map(PersonalExport.Value.text) ?? .nothing))
            default:
                let value = try value(of: column.kind, &row)
                if column.name.description == "id", case .text(let text) = value { id = AuditEventID(text) }
                members.append(PersonalExport.Member(column.member, value))
            }
        }
        return PersonalExport.Record(members: members)
    }

    private func value(of kind: ExportColumn.Kind, _ row: inout Row) throws(Failure) -> PersonalExport.Value {
        if row.isNull {
            row.skip(1)
            return .nothing
        }
        return switch kind {
        case .identifier: .text(Hex.encode(identifier: try row.next([UInt8].self)))
        case .text: .text(try row.next())
        case .number: .number(try row.next())
        case .flag: .flag(try row.next())
        case .time: .time(try row.next())
        case .address: .address(try row.next())
        case .json: .json(try row.next())
        case .owner, .key, .personal: .nothing
        }
    }

    /// Nil for what no key of ours opens any more.
    private func open(
        _ sealed: [UInt8], of id: AuditEventID?, under keyID: Keyring.KeyID?, for user: User
    ) -> (address: NetworkAddress, agent: String?)? {
        guard let id, let keyID,
            let key = keyring.personal(.auditPersonal, salt: user.erasureSalt, id: keyID)
        else { return nil }
        return AuditRow.open(sealed, of: id, key: key)
    }
}
