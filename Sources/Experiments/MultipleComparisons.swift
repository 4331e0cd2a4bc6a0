/// Corrections for looking at several comparisons at once.
public enum MultipleComparisons {
    /// The p values of Benjamini & Hochberg (1995), in the order of `values`: those up to α have, among them, a share
    /// of false alarms of α at most.
    public static func benjaminiHochberg(_ values: [Double]) -> [Double] {
        var adjusted = values
        var least = 1.0
        let falling = values.indices.sorted { values[$0] > values[$1] }
        for (place, index) in falling.enumerated() {
            let rank = values.count - place
            least = min(least, values[index] * Double(values.count) / Double(rank))
            adjusted[index] = least
        }
        return adjusted
    }
}
