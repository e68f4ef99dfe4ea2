/// A change of one's own profile; what is kept is not touched.
package struct ProfileChange: Sendable {
    package var name: Change<String>
    package var username: Change<String>
    package var picture: Change<String>
    package var email: Change<String>

    package init(
        name: Change<String> = .keep, username: Change<String> = .keep, picture: Change<String> = .keep,
        email: Change<String> = .keep
    ) {
        self.name = name
        self.username = username
        self.picture = picture
        self.email = email
    }
}

extension Users {
    package typealias ProfileStore = AuditLog & BudgetStore & Transactional & UserStore & ~Copyable

    /// Changes the given fields of one's own profile and returns the user as he is then.
    package func changeProfile<Store: ProfileStore>(
        _ change: ProfileChange, of caller: Caller, from origin: Origin, in store: inout Store
    ) throws(Failure) -> User where Store: ~Copyable {
        let accepted = try accept(change, of: caller.user)
        if accepted.rename != nil {
            let spendings = budgets.spendings(forRenameOf: caller.user.id)
            try budgets.admit(spendings, from: origin, in: &store)
            try budgets.spend(spendings, in: &store)
        }
        let now = clock.now()
        let id = caller.user.id
        return try store.atomically { tx throws(Failure) in
            if let rename = accepted.rename, try !tx.rename(id, to: rename.username, at: now) {
                throw Failure.refused(NameTaken.username)
            }
            try tx.changeProfile(of: id, name: accepted.name, picture: accepted.picture, at: now)
            let detail = ["fields": accepted.fields.joined(separator: ",")]
            try tx.record(
                AuditEvent(
                    .profileChanged, by: .user, on: caller.user, session: caller.session.id, detail: detail,
                    from: origin, at: now))
            guard let user = try tx.user(withID: id) else { throw Failure.defect("a signed-in user has no row") }
            return user
        }
    }

    private struct Accepted {
        struct Rename {
            let username: Username?
        }

        let name: Change<String>
        let picture: Change<String>
        let rename: Rename?
        let fields: [String]
    }

    private func accept(_ change: ProfileChange, of user: User) throws(Failure) -> Accepted {
        var complaints: [Complaint] = []
        let name = change.name.map { DisplayName($0)?.text }
        if name == nil { complaints.append(Complaint("name", "invalid_name")) }
        let picture = change.picture.map { PictureURL($0)?.text }
        if picture == nil { complaints.append(Complaint("picture", "invalid_url")) }
        let username = change.username.map(Username.init)
        if username == nil { complaints.append(Complaint("username", "invalid_username")) }
        if case .set(let wanted) = username, wanted.isReserved, wanted != user.username {
            complaints.append(Complaint("username", "reserved_username"))
        }
        if !keepsAddress(change.email, of: user) { complaints.append(Complaint("email", "not_available")) }
        guard complaints.isEmpty, let name, let picture, let username else {
            throw .refused(InvalidInput(complaints))
        }
        let rename: Accepted.Rename? =
            switch username {
            case .keep: nil
            case .clear: user.username == nil ? nil : Accepted.Rename(username: nil)
            case .set(let wanted): wanted == user.username ? nil : Accepted.Rename(username: wanted)
            }
        var fields: [String] = []
        if case .keep = name {} else { fields.append("name") }
        if case .keep = picture {} else { fields.append("picture") }
        if rename != nil { fields.append("username") }
        return Accepted(name: name, picture: picture, rename: rename, fields: fields)
    }

    /// Changing the address needs a mail to the new one; sending back the present one is no change.
    private func keepsAddress(_ change: Change<String>, of user: User) -> Bool {
        switch change {
        case .keep: true
        case .clear: false
        case .set(let text): EmailAddress(text) == user.email
        }
    }
}
