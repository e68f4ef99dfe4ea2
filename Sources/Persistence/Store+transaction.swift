package import Domain

extension Store: Transactional {
    /// The most that a body is run again.
    private static let repetitions = 3

    package mutating func atomically<Result>(
        _ body: (inout Store) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if link.depth > 0 { return try nested(body) }
        link.begin()
        var repetition = 0
        while true {
            switch try transact(body) {
            case .committed(let result): return result
            case .undone(let failure, let mayRunAgain):
                guard mayRunAgain, repetition < Store.repetitions else { throw failure }
                repetition += 1
            }
        }
    }

    /// What a transaction came to that is not in doubt.
    private enum Fate<Result> {
        case committed(Result)
        case undone(Failure, mayRunAgain: Bool)
    }

    /// One transaction from its start to a known end. Audit events that were undone give their numbers back, so that a
    /// number that is missing means a row that is.
    private mutating func transact<Result>(
        _ body: (inout Store) throws(Failure) -> Result
    ) throws(Failure) -> Fate<Result> {
        let firstSequence = sequence
        try link.enter()
        let result: Result
        do throws(Failure) {
            result = try body(&self)
        } catch {
            link.undo()
            sequence = firstSequence
            return .undone(error, mayRunAgain: link.mayRunAgain)
        }
        do throws(Failure) {
            try link.leave()
            return .committed(result)
        } catch {
            link.undo()
            if link.isInDoubt {
                // When nobody can tell whether the rows stand, their numbers stay used.
                guard let stands = witness(since: firstSequence) else { throw error }
                if stands { return .committed(result) }
            }
            sequence = firstSequence
            return .undone(error, mayRunAgain: link.mayRunAgain)
        }
    }

    /// Whether the transaction was committed whose COMMIT had no answer: the audit event that it inserted tells. Nil when
    /// it recorded none, or when the database does not say in time.
    private mutating func witness(since firstSequence: Int64) -> Bool? {
        guard sequence > firstSequence else { return nil }
        return try? hasRecorded(sequence - 1)
    }

    private mutating func nested<Result>(
        _ body: (inout Store) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let firstSequence = sequence
        try link.enter()
        do throws(Failure) {
            let result = try body(&self)
            try link.leave()
            return result
        } catch {
            link.undo()
            sequence = firstSequence
            throw error
        }
    }
}
