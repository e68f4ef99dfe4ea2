import Domain

/// The page that tells a refusal to a person where there is no page that we could lead back to.
enum RefusalPage {
    static func html(_ told: Answer.Told, request: RequestID, page: Page?, site: Site) -> HTML {
        // A link without its secret is one that does not work; no person is told about fields of an address.
        let code = told.isDeadLink && !told.code.hasPrefix("link_") ? "link_invalid" : told.code
        let text = ErrorCatalogue.entry(code)
        // Going back mends nothing where the link, or what it would do, is not possible any more.
        let isOver = told.isDeadLink || told.isFinal && page?.bringsToken == true
        let remedy = isOver ? page?.remedy : nil
        var texts = site.texts(title: text.title)
        texts["code"] = code
        texts["field"] = told.field
        texts["detail"] = told.complaints.first.map { text.detail($0.parameters) } ?? text.detail
        texts["remedy"] = remedy.map { site.basePath + $0.path }
        texts["remedy_text"] = remedy?.text
        texts["sign_in"] = remedy?.isPerhapsDone == true ? site.signInPage : nil
        texts["request"] = request.description
        return PageSheet.layout.html(texts, parts: ["content": template.html(texts)])
    }

    static let template = Template(PackageResources.refusal_html)
}

extension Site {
    /// What every page says of the site.
    func texts(title: String) -> [String: String] {
        ["title": title, "site": name, "home": homePage, "base": basePath, "stylesheet": stylesheet]
    }

    func texts(of page: Page) -> [String: String] {
        texts(title: page.title).merging(["grace": grace]) { $1 }
    }
}
