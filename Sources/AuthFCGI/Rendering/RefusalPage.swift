import Domain

/// The page that tells a refusal to a person whose form came from nowhere that we could lead back to.
enum RefusalPage {
    static func render(_ told: Answer.Told, request: RequestID, site: Site) -> [UInt8] {
        let text = ErrorCatalogue.entry(told.code)
        let detail = told.complaints.first.map { text.detail($0.parameters) } ?? text.detail
        let values = [
            (name: "site", value: site.name), (name: "title", value: text.title), (name: "detail", value: detail),
            (name: "code", value: told.code), (name: "field", value: told.field ?? ""),
            (name: "home", value: site.homePage), (name: "request", value: request.description),
        ]
        return template.render(values) ?? Array(text.title.utf8)
    }

    static let template = Template(
        source: """
            <!DOCTYPE html>
            <html lang="en" data-error-code="{{code}}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>{{title}} – {{site}}</title>
            </head>
            <body>
            <main>
            <h1>{{title}}</h1>
            <p role="alert"{{#field}} data-field="{{field}}"{{/field}}>{{detail}}</p>
            <p>Go back with your browser and try again, or go to <a href="{{home}}">{{site}}</a>.</p>
            <p><small>Request {{request}}</small></p>
            </main>
            </body>
            </html>

            """)
}
