import Domain

extension Input {
    /// Refuses a form without these fields, all of them at once.
    func demand(_ names: String...) throws(Failure) {
        let missing = names.filter { !has($0) }
        guard missing.isEmpty else { throw .refused(InvalidInput(missing.map { Complaint($0, "required") })) }
    }

    /// What a client wants done with a field that cannot be empty: absent keeps, null is refused.
    func setting(_ name: String) throws(Failure) -> Change<String> {
        try text(name).map(Change.set) ?? .keep
    }
}
