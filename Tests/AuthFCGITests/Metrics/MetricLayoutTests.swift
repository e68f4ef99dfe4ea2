import Testing

@testable import AuthFCGI

@Suite struct MetricLayoutTests {
    private let old = MetricLayout([
        .init(name: "requests", rows: ["GET /a", "GET /gone"], columns: ["200", "404"]),
        .init(name: "seconds", rows: [""], columns: ["1", "+Inf", "sum"]),
        .init(name: "other", rows: [""], columns: [""]),
    ])
    private let new = MetricLayout([
        .init(name: "other", rows: [""], columns: [""]),
        .init(name: "requests", rows: ["GET /new", "GET /a"], columns: ["200", "303", "404"]),
        .init(name: "seconds", rows: [""], columns: ["1", "2", "+Inf", "sum"]),
    ])

    @Test func `a layout survives its way as text`() {
        #expect(old.text == "requests\tGET /a|GET /gone\t200|404\nseconds\t\t1|+Inf|sum\nother\t\t")
        #expect(MetricLayout(old.text) == old)
        #expect(old.count == 8)
        #expect(old.start(of: "other") == 7)
        #expect(MetricLayout("requests\tGET /a") == nil)
    }

    /// Four kilobytes of text that would stand for 32 megabytes of counts.
    @Test func `a layout of more counts than memory is made for is refused`() {
        let bars = { String(repeating: "|", count: $0 - 1) }
        #expect(MetricLayout("a\t\(bars(128))\t\(bars(128))")?.count == 16384)
        #expect(MetricLayout("a\t\(bars(2048))\t\(bars(2048))") == nil)
    }

    @Test func `layouts are matched by names, and histograms with other bounds not at all`() {
        let places = old.places(in: new).map { "\($0.here)-\($0.there)" }
        #expect(places == ["0-4", "1-6", "7-0"])
    }

    @Test func `our own names need no escapes, and each stands once`() {
        let own = MetricLayout.own
        #expect(MetricLayout(own.text) == own)
        for family in own.families {
            #expect(Set(family.rows).count == family.rows.count, "\(family.name)")
            #expect(Set(family.columns).count == family.columns.count, "\(family.name)")
        }
    }

    @Test func `every route has a number of its own, wherever a profile is mounted`() {
        var compat = Settings.Compat()
        compat.skill = "/elsewhere"
        let routes = Routes.all(with: compat)
        #expect(!routes.contains { $0.number == RouteLabel.none })
        #expect(Set(routes.map(\.number)).count == routes.count)
        let login = routes.first { $0.path == "/elsewhere/login" }
        #expect(login.map { RouteLabel.all[$0.number] } == "POST {skill}/login")
        #expect(routes.first { $0.path == "/login" }.map { RouteLabel.all[$0.number] } == "POST /login")
    }
}
