public import Plans

extension [ReelPlan.Term] {
    /// What put a title where it is, in words, what counted most first: `close to what the viewer likes; played a lot of late`.
    ///
    /// Terms that hardly count beside the others are left out; of a title with no terms that count nothing is said but that.
    public var words: String {
        let all = reduce(0) { $0 + $1.product.magnitude }
        let said = filter { $0.product != 0 && $0.product.magnitude >= 0.03 * all }
            .sorted { $0.product.magnitude > $1.product.magnitude }
            .compactMap { term in ScoreFeature(rawValue: term.feature).map { $0.words(term) } }
        return said.isEmpty ? "nothing speaks for it or against it" : said.joined(separator: "; ")
    }
}

extension ScoreFeature {
    /// What a term says that counts.
    fileprivate func words(_ term: ReelPlan.Term) -> String {
        switch self {
        case .preference: term.value > 0 ? "close to what the viewer likes" : "unlike what the viewer likes"
        case .popularity:
            switch term.value {
            case 0.75...: "among the most played of late"
            case 0.4...: "played often of late"
            default: "played now and then of late"
            }
        case .recency:
            switch term.value {
            // Half of it is lost in a year.
            case 0.9...: "new"
            case 0.5...: "from the last year"
            default: "older than a year"
            }
        case .response:
            term.value > 0
                ? "chosen more often than its places let expect" : "chosen less often than its places let expect"
        case .skip:
            term.value > 0
                ? "skipped more often than its places let expect" : "skipped less often than its places let expect"
        case .daypart:
            term.value > 0 ? "of a kind that is watched at this hour" : "of a kind that is watched at other hours"
        }
    }
}
