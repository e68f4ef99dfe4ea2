/// What a test asks of a page's HTML, read as simply as the house writes it: attributes in double quotes.
struct Markup {
    let text: String

    /// The tags of a name, each with its attributes; one without a value has an empty one.
    func tags(_ name: String) -> [[String: String]] {
        text.matches(of: #/<([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>/#).filter { $0.1 == name }.map { tag in
            let attributes = tag.2.matches(of: #/([a-z-]+)(?:="([^"]*)")?/#)
            return Dictionary(attributes.map { (String($0.1), String($0.2 ?? "")) }) { first, _ in first }
        }
    }

    /// What stands in the one element of a name without attributes.
    func content(of name: String) -> String? {
        guard text.contains("<\(name)>") else { return nil }
        return text.split(separator: "<\(name)>")[1].split(separator: "</\(name)>").first.map { String($0) }
    }

    /// Attributes of the input with this name that a person sees.
    func field(_ name: String) -> [String: String]? {
        tags("input").first { $0["name"] == name && $0["type"] != "hidden" }
    }

    var ids: [String] { text.matches(of: #/\sid="([^"]*)"/#).map { String($0.1) } }

    /// What is wrong with it whatever the page is about.
    var faults: [String] {
        var faults: [String] = []
        func expect(_ holds: Bool, _ fault: String) { if !holds { faults.append(fault) } }
        expect(text.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\""), "it does not begin with the type and the language")
        expect(tags("h1").count == 1, "it has \(tags("h1").count) main headings")
        expect(tags("title").count == 1 && content(of: "title")?.isEmpty == false, "it has no title")
        expect(tags("main").count == 1, "it has no main part")
        expect(Set(ids).count == ids.count, "an id stands twice")
        for word in ["<script", "style=", "<style", "{{", "javascript:", " on", "http://", "<img"]
        where word == " on" ? text.contains(#/<[^>]*\son[a-z]+=/#) : text.contains(word) {
            faults.append("it has `\(word)`")
        }
        let labels = tags("label").compactMap { $0["for"] }
        for input in tags("input") where input["type"] != "hidden" {
            let name = input["name"] ?? "?"
            expect(input["id"].map(labels.contains) == true, "\(name) has no label")
            expect(input["autocomplete"] != nil || input["type"] == "checkbox", "\(name) does not say what it is for")
            if input["type"] == "password" { expect(input["value"] == nil, "\(name) has a value") }
        }
        for input in tags("input") { described(by: input["aria-describedby"], &faults) }
        for button in tags("button") { described(by: button["aria-describedby"], &faults) }
        for form in tags("form") {
            expect(form["method"] == "post" && form["action"]?.hasPrefix("/auth/") == true, "a form leads elsewhere")
        }
        return faults
    }

    private func described(by names: String?, _ faults: inout [String]) {
        for name in (names ?? "").split(separator: " ") where !ids.contains(String(name)) {
            faults.append("\(name) describes something but is not there")
        }
    }
}
