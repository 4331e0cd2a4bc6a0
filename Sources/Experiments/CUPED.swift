/// Controlled experiments using pre-experiment data (Deng et al. 2013): what a viewer did before explains a part of
/// what the viewer does now, and is taken away.
///
/// `y − θ·(x − mean x)` has the mean of y and a smaller variance.
public struct CUPED: Hashable, Sendable {
    /// θ = cov(x, y)/var(x); 0 where x does not vary.
    public let theta: Double
    /// The mean of x.
    public let mean: Double

    /// Learns from pairs of a value x from before the experiment and a value y from within; pairs of all arms together,
    /// so that all are treated alike.
    public init(_ pairs: [(x: Double, y: Double)]) {
        let n = Double(max(pairs.count, 1))
        let mean = (x: pairs.reduce(0) { $0 + $1.x } / n, y: pairs.reduce(0) { $0 + $1.y } / n)
        let covariance = pairs.reduce(0) { $0 + ($1.x - mean.x) * ($1.y - mean.y) }
        let variance = pairs.reduce(0) { $0 + ($1.x - mean.x) * ($1.x - mean.x) }
        theta = variance > 0 ? covariance / variance : 0
        self.mean = mean.x
    }

    /// The adjusted y of a viewer.
    public func adjusted(x: Double, y: Double) -> Double { y - theta * (x - mean) }
}
