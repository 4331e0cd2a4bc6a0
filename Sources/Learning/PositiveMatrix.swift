private import CLapack
import Diagnostics

/// A symmetric positive definite matrix, its Cholesky factor or its inverse: one triangle, worked on in place.
///
/// `entries` holds rows one after the other; of row i only the columns 0...i have a meaning.
struct PositiveMatrix {
    /// Rows and columns.
    let order: Int
    /// order × order numbers.
    var entries: [Double]

    /// A matrix of zeros.
    init(order: Int) {
        self.order = order
        entries = Array(repeating: 0, count: order * order)
    }

    /// The entry of row `row` and column `column`, in any order.
    subscript(row: Int, column: Int) -> Double { entries[max(row, column) * order + min(row, column)] }

    /// The rows and columns `places` (rising) alone.
    func part(_ places: [Int]) -> PositiveMatrix {
        var part = PositiveMatrix(order: places.count)
        for (row, place) in places.enumerated() {
            for column in 0...row { part.entries[row * part.order + column] = self[place, places[column]] }
        }
        return part
    }

    /// `vᵀAv`.
    func quadratic(_ vector: [Double]) -> Double {
        vector.indices.reduce(0) { sum, row in
            sum + vector[row] * vector.indices.reduce(0) { $0 + self[row, $1] * vector[$1] }
        }
    }

    // LAPACK reads columns where we have rows: our lower triangle is its upper one.
    private static let triangle: [CChar] = [CChar(UInt8(ascii: "U"))]

    /// Replaces the matrix with its Cholesky factor.
    ///
    /// - Throws: `Fault` `.unavailable` without the library, `.badInput` where the matrix is not positive definite.
    mutating func factor() throws(Fault) {
        try Self.load()
        guard order > 0 else { return }
        var info: Int32 = 0
        dpotrf_(Self.triangle, [Int32(order)], &entries, [Int32(order)], &info, 1)
        guard info == 0 else {
            throw Fault(
                .badInput,
                "matrix of order \(order): its leading part of order \(info) is not positive definite; raise lambda")
        }
    }

    /// The solution of `A·x = right`, where this holds the factor of A.
    func solution(_ right: [Double]) -> [Double] {
        guard order > 0 else { return [] }
        var info: Int32 = 0
        var solution = right
        let size = [Int32(order)]
        dpotrs_(Self.triangle, size, [1], entries, size, &solution, size, &info, 1)
        return solution
    }

    /// Replaces the factor with the inverse of the matrix.
    ///
    /// - Throws: `Fault` `.badInput` where the factor has a zero on its diagonal.
    mutating func invertFactor() throws(Fault) {
        guard order > 0 else { return }
        var info: Int32 = 0
        dpotri_(Self.triangle, [Int32(order)], &entries, [Int32(order)], &info, 1)
        guard info == 0 else {
            throw Fault(.badInput, "matrix of order \(order): row \(info) has no inverse; raise lambda")
        }
    }

    /// Makes sure that the library is there.
    ///
    /// - Throws: `Fault` `.unavailable` that names it.
    static func load(_ library: String? = nil) throws(Fault) {
        let name = library ?? String(cString: sizzle_lapack_library)
        guard let words = sizzle_lapack_fault(name) else { return }
        throw Fault(
            .unavailable,
            "\(printable(name)) cannot be used: \(printable(String(cString: words))); install libopenblas0-pthread")
    }
}
