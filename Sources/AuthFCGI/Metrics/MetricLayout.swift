/// Which counts there are, and where each stands: families one after the other, each a table of rows and columns.
struct MetricLayout: Equatable, Sendable {
    struct Family: Equatable, Sendable {
        let name: String
        let rows: [String]
        /// Those of a histogram are its bounds: counts for others cannot be added to it.
        let columns: [String]
        var isHistogram: Bool { columns.last == "sum" }
        var count: Int { rows.count * columns.count }
    }

    let families: [Family]
    /// Where each family begins.
    let starts: [Int]
    /// Of all families together.
    let count: Int

    init(_ families: [Family]) {
        self.families = families
        var starts: [Int] = []
        var count = 0
        for family in families {
            starts.append(count)
            count += family.count
        }
        self.starts = starts
        self.count = count
    }

    /// That of this program.
    static let own = MetricLayout(MetricFamily.allCases.map(\.layout))

    func start(of name: String) -> Int? {
        families.firstIndex { $0.name == name }.map { starts[$0] }
    }
}

extension MetricLayout {
    /// A line for each family.
    var text: String {
        families.map { "\($0.name)\t\($0.rows.joined(separator: "|"))\t\($0.columns.joined(separator: "|"))" }
            .joined(separator: "\n")
    }

    /// Nil when the text is not one that `text` made.
    init?(_ text: String) {
        var families: [Family] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            let lists = parts.dropFirst().map {
                $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            }
            families.append(Family(name: String(parts[0]), rows: lists[0], columns: lists[1]))
        }
        self.init(families)
        guard count <= MetricLayout.most else { return nil }
    }

    /// More counts than this has no layout; a few words with many bars between them could otherwise mean gigabytes.
    private static let most = 16 * 1024

    /// Tells layouts apart (FNV-1a, 64 bits); never 0.
    static func mark(of text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } | 1
    }

    static let ownMark = mark(of: own.text)

    /// For every count that another layout has too: its position here and there.
    func places(in other: MetricLayout) -> [(here: Int, there: Int)] {
        var places: [(here: Int, there: Int)] = []
        for (family, start) in zip(families, starts) {
            guard let index = other.families.firstIndex(where: { $0.name == family.name }) else { continue }
            let theirs = other.families[index]
            guard family.columns == theirs.columns || !family.isHistogram && !theirs.isHistogram else { continue }
            for (row, name) in family.rows.enumerated() {
                guard let theirRow = theirs.rows.firstIndex(of: name) else { continue }
                for (column, name) in family.columns.enumerated() {
                    guard let theirColumn = theirs.columns.firstIndex(of: name) else { continue }
                    let there = other.starts[index] + theirRow * theirs.columns.count + theirColumn
                    places.append((start + row * family.columns.count + column, there))
                }
            }
        }
        return places
    }
}
