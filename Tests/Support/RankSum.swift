internal import Foundation

/// Whether two lots of times could come from the same source: the test of Mann and Whitney, with its normal approximation.
package struct RankSum: Sendable {
    /// How likely ranks so far apart, or farther, are when nothing tells the two apart.
    package let probability: Double
    /// How far the medians are apart.
    package let medianDifference: Duration

    package init(_ first: [Duration], _ second: [Duration]) {
        precondition(!first.isEmpty && !second.isEmpty)
        let all = (first.map { ($0, true) } + second.map { ($0, false) }).sorted { $0.0 < $1.0 }
        // Equal times share the middle of their ranks.
        var ranks = 0.0
        var index = 0
        while index < all.count {
            var end = index
            while end < all.count, all[end].0 == all[index].0 { end += 1 }
            let middle = Double(index + 1 + end) / 2
            ranks += middle * Double(all[index..<end].count { $0.1 })
            index = end
        }
        let (n, m) = (Double(first.count), Double(second.count))
        let score = ranks - n * (n + 1) / 2
        let z = (score - n * m / 2) / (n * m * (n + m + 1) / 12).squareRoot()
        probability = erfc(abs(z) / 2.0.squareRoot())
        let difference = first.median - second.median
        medianDifference = difference < .zero ? .zero - difference : difference
    }
}

extension [Duration] {
    /// The upper one of the two in the middle.
    package var median: Duration { sorted()[count / 2] }
}
