/// The profiles for clients of other systems: the same operations, under their paths and in their shapes.
enum CompatRoutes {
    /// The endpoints of a profile, below its mount point.
    static func of(_ profile: ResponseProfile) -> [Route] {
        switch profile {
        case .canonical: []
        case .boilerplate: BoilerplateRoutes.all
        case .skill: SkillRoutes.all
        case .usrak: UsrakRoutes.all
        }
    }

    /// The endpoints of the profiles that have a mount point.
    static func mounted(by settings: Settings.Compat) -> [Route] {
        ResponseProfile.compat.flatMap { profile in
            guard let mount = settings.mount(of: profile) else { return [Route]() }
            return of(profile).map { $0.mounted(at: mount, as: profile).numbered(below: mount) }
        }
    }
}
