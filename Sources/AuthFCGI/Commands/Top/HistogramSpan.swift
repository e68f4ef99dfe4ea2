/// What a histogram counted between two readings.
struct HistogramSpan {
    /// In seconds; the last is without limit.
    private let bounds: [Double]
    private let counts: [UInt64]

    /// - Parameters:
    ///   - columns: bounds as the layout names them, and the sum.
    ///   - before: nothing when counting began anew in between.
    init(columns: [String], before: [UInt64], after: [UInt64]) {
        bounds = columns.dropLast().map { Double($0) ?? .infinity }
        let isRising = before.count == after.count && zip(before, after).allSatisfy { $0 <= $1 }
        counts = zip(bounds, after).enumerated().map { index, cell in cell.1 - (isRising ? before[index] : 0) }
    }

    var count: UInt64 { counts.reduce(0, &+) }

    /// Seconds below which this share of all lies, as Prometheus estimates it: evenly spread between two bounds. Above the
    /// highest bound it is that bound. Nil of nothing.
    func quantile(_ share: Double) -> Double? {
        let total = count
        guard total > 0 else { return nil }
        let rank = share * Double(total)
        var below = 0.0
        for (index, amount) in counts.enumerated() where amount > 0 {
            let reached = below + Double(amount)
            if reached >= rank {
                let lower = index == 0 ? 0 : bounds[index - 1]
                guard bounds[index].isFinite else { return lower }
                return lower + (bounds[index] - lower) * (rank - below) / Double(amount)
            }
            below = reached
        }
        return bounds.last { $0.isFinite }
    }
}
