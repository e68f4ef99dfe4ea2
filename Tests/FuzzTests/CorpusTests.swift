import Foundation
import Testing

/// Runs every input that the fuzzer found worth keeping through its target; each takes another way through a parser.
@Suite struct CorpusTests {
    @Test(arguments: FuzzTarget.all.map(\.name))
    func `what the fuzzer kept breaks nothing`(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let files = try FileManager.default.contentsOfDirectory(
            at: corpus.appendingPathComponent(name), includingPropertiesForKeys: nil)
        #expect(files.count > 10)
        for file in files {
            let input = FuzzInput(Array(try Data(contentsOf: file)))
            #expect(throws: Never.self, "\(name)/\(file.lastPathComponent)") { try target.run(input) }
        }
    }

    @Test func `every target has a corpus and every corpus a target`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: corpus.path)
        #expect(folders.sorted() == FuzzTarget.all.map(\.name).sorted())
    }

    private var corpus: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Corpus")
    }
}
