import Foundation
import Testing

@testable import AuthFCGI

@Suite struct PageTemplateTests {
    private static let templates =
        Page.all.map { ($0.title, $0.template) }
        + [("field", PageField.template), ("row", SessionsPage.row), ("frame", PageSheet.layout)]

    @Test(arguments: templates) func `a template is valid and lets nothing but parts stand as they are`(
        name: String, template: Template
    ) {
        #expect(template.render([]) != nil)
        #expect(!template.source.contains("{{&"))
        for triple in template.source.matches(of: #/\{\{\{([^}]*)\}\}\}/#) {
            #expect(triple.1.hasPrefix("html_"), "\(triple.1)")
        }
    }

    @Test func `every field of a template is one that there is`() {
        for page in Page.all {
            let named = page.template.source.matches(of: #/html_(field_[a-z_]+)/#).map { String($0.1) }
            #expect(Set(named) == Set(page.fields.map(\.part)), "\(page.title)")
            #expect(Set(named).count == named.count)
        }
    }

    @Test func `every form that went well has something to say`() {
        let named = Page.all.flatMap { $0.template.source.matches(of: #/[?&]done=([a-z_]+)/#).map { String($0.1) } }
        for name in named + SessionsPage.row.source.matches(of: #/[?&]done=([a-z_]+)/#).map({ String($0.1) }) {
            #expect(Page.notices[name] != nil, "\(name)")
        }
        #expect(Set(named).union(["session", "code"]) == Set(Page.notices.keys))
    }

    @Test func `a text never becomes a part`() {
        let template = Template(source: "{{{html_rows}}}|{{rows}}")
        #expect(template.html(["html_rows": "<script>", "rows": "<b>"]).text == "|&lt;b&gt;")
    }

    /// WCAG 2.2, 1.4.3 and 1.4.11: text 4.5 to 1, what shows where a field is 3 to 1; in both schemes.
    @Test func `the colours can be told apart by everybody`() throws {
        let sheet = String(decoding: PackageResources.style_css, as: UTF8.self)
        let blocks = sheet.matches(of: #/:root \{([^}]*)\}/#).map { String($0.1) }
        #expect(blocks.count == 2)
        for block in blocks {
            var colours: [String: Double] = [:]
            for match in block.matches(of: #/--([a-z-]+): #([0-9a-f]{6});/#) {
                colours[String(match.1)] = luminance(try #require(Int(match.2, radix: 16)))
            }
            func contrast(_ one: String, _ other: String) throws -> Double {
                let pair = [try #require(colours[one]), try #require(colours[other])].sorted()
                return (pair[1] + 0.05) / (pair[0] + 0.05)
            }
            for text in ["text", "quiet", "accent", "alarm", "good"] {
                #expect(try contrast(text, "surface") >= 4.5, "\(text)")
            }
            for text in ["text", "accent"] { #expect(try contrast(text, "ground") >= 4.5, "\(text)") }
            #expect(try contrast("on-accent", "accent") >= 4.5)
            #expect(try contrast("edge", "surface") >= 3)
        }
    }

    /// Relative luminance as WCAG defines it.
    private func luminance(_ colour: Int) -> Double {
        zip([16, 8, 0], [0.2126, 0.7152, 0.0722]).map { shift, weight in
            let value = Double(colour >> shift & 255) / 255
            return weight * (value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4))
        }.reduce(0, +)
    }
}
