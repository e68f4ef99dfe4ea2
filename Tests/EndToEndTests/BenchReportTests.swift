import Foundation
import Support
import Testing

/// What `script/bench` makes of the runs it has measured.
@Suite struct BenchReportTests {
    /// Runs a piece of shell after the parts of the script, with runs of two subjects: rate, p50, p99, errors, and
    /// connections served at a time, of 32.
    private func report(_ ours: [String], _ reference: [String], _ shell: String) throws -> String {
        let script = """
            set -eu
            source script/lib/common.sh; source script/lib/bench/measure.sh; source script/lib/bench/report.sh
            figures=$(mktemp -d) measurement_failed=0
            trap 'rm -rf "$figures"' EXIT
            echo '\(ours.joined(separator: "\n"))' >"$figures/ours"
            echo '\(reference.joined(separator: "\n"))' >"$figures/reference"
            touch "$figures/notes"
            \(shell)
            echo "failed: $measurement_failed"
            """
        return try Command("env", "-C", Stack.repository, "bash", "-c", script).output()
    }

    private let sound = ["90 1 2 0 30", "110 1 4 0 30", "100 1 3 0 30"]

    @Test func `a figure is the median, with half of what lies between the least and the most`() throws {
        let text = try report(
            sound, [String](repeating: "200 1 2 0 32", count: 3),
            "row_of_rates F0 what ours reference 0.4; cat $figures/table")
        #expect(text == "F0|what|100/s (±10 %)|200/s (±0 %)|0.500|>= 0.4|yes\nfailed: 0\n")
    }

    @Test func `a target that is missed is no failure`() throws {
        let text = try report(
            sound, [String](repeating: "200 1 2 0 32", count: 3),
            "row_of_rates F0 what ours reference 0.6; cat $figures/table")
        #expect(text.contains("|0.500|>= 0.6|no\n") && text.hasSuffix("failed: 0\n"))
    }

    @Test(arguments: [
        (["90 1 2 0 30", "100 1 2 7 30"], "F0, ours: 7 errors."),
        (["90 1 2 0 9", "100 1 2 0 30"], "F0, ours: connections starved in 1 of 2 runs."),
    ])
    func `errors and connections that nobody served make a figure worthless`(runs: [String], note: String) throws {
        let text = try report(
            runs, [String](repeating: "200 1 2 0 32", count: 3),
            "row_of_rates F0 what ours reference 0.1; cat $figures/table $figures/notes")
        #expect(text.contains("|failed\n\(note)\n") && text.hasSuffix("failed: 1\n"), "\(text)")
    }
}
