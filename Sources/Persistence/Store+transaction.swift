package import Domain

extension Store: Transactional {
    /// The most that a body is run again after a deadlock.
    private static let repetitions = 3

    package mutating func atomically<Result>(
        _ body: (inout Store) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if link.depth > 0 { return try once(body) }
        link.begin()
        var repetition = 0
        while true {
            do throws(Failure) {
                return try once(body)
            } catch {
                guard let doom = link.doom, doom.isConflict, repetition < Store.repetitions, link.hasTime else {
                    throw error
                }
                repetition += 1
            }
        }
    }

    /// Audit events that were undone give their numbers back, so that a number that is missing means a row that is.
    private mutating func once<Result>(
        _ body: (inout Store) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let firstSequence = sequence
        try link.enter()
        let result: Result
        do throws(Failure) {
            result = try body(&self)
        } catch {
            link.undo()
            sequence = firstSequence
            throw error
        }
        do throws(Failure) {
            try link.leave()
        } catch {
            // Whether the rows stand is not known when the connection was lost in COMMIT: their numbers stay used.
            if link.doom?.isConflict == true { sequence = firstSequence }
            link.undo()
            throw error
        }
        return result
    }
}
