/// A store whose changes can be made together or not at all.
package protocol Transactional: ~Copyable {
    /// Runs the body in a transaction, or in a savepoint when one is open already.
    ///
    /// The outer store cannot be used inside: the body has exclusive access to it. A deadlock or a lock time-out
    /// runs the body again, at most three times, so the body must not have effects outside of the store.
    mutating func atomically<Result>(
        _ body: (inout Self) throws(Failure) -> Result
    ) throws(Failure) -> Result
}
