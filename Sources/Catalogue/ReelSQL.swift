/// What events say of reels, as one set of definitions (section 4 of the sequencing design).
///
/// `deploy/spark/aggregates.py` says the same in the words of Spark; a test holds them against each other.
enum ReelSQL {
    /// `shown`: a slot of a reel that something is known of. A click, a skip and a completion imply that it was shown.
    /// `slot_facts`: the same with what was delivered there, and whether the title was played: within 24 hours, and before it was shown to
    /// the viewer again. `reel_facts`: a reel that was delivered or shown.
    static let facts = """
        WITH shown AS (\(shown("is_late = 0"))),
        next AS (
            SELECT *, lead(ts) OVER (PARTITION BY viewer, title ORDER BY ts, reel, slot) AS next_ts FROM shown
        ),
        slot_facts AS MATERIALIZED (
            SELECT next.*, coalesce(CASE WHEN completed THEN delivered_slots.ms ELSE min(left_ms, coalesce(delivered_slots.ms, 86400000)) END, 0)
                    AS played_ms,
                EXISTS (
                    SELECT 1 FROM events AS play
                    WHERE play.is_like = 1 AND play.viewer = next.viewer AND play.title = next.title
                        AND play.ts BETWEEN next.ts AND next.ts + 86400000 AND play.ts < coalesce(next_ts, 1e18)
                        AND play.is_late = 0
                ) AS played
            FROM next LEFT JOIN delivered_slots USING (reel, slot)
        ),
        seen AS (
            SELECT reel, max(viewer) AS viewer, max(edition) AS edition, min(ts) AS ts, max(ts) - min(ts) AS span,
                count(*) AS shown, max(slot) AS last, max(slot = 1) AS started, sum(completed) AS completes,
                max(CASE WHEN completed THEN slot END) AS last_complete, sum(skipped) AS skips, sum(clicked) AS clicks,
                sum(played) AS plays, sum(played_ms) AS played_ms
            FROM slot_facts GROUP BY reel
        ),
        stalls AS (
            SELECT reel, sum(stalled_ms) AS stalled_ms FROM events
            WHERE type = 'rebuffer' AND stalled_ms IS NOT NULL AND is_late = 0 GROUP BY reel
        ),
        reel_facts AS MATERIALIZED (
            SELECT reel, coalesce(deliveries.viewer, seen.viewer) AS viewer,
                date(coalesce(deliveries.ts, seen.ts) / 1000, 'unixepoch') AS day,
                coalesce(deliveries.edition, seen.edition) AS edition, coalesce(cadence, '') AS cadence,
                coalesce(started, 0) AS started,
                coalesce(started AND last_complete = coalesce(slots, last), 0) AS completed,
                coalesce(started AND completes = coalesce(slots, last), 0) AS fully,
                coalesce(shown, 0) AS shown, coalesce(skips, 0) AS skips, coalesce(clicks, 0) AS clicks,
                coalesce(plays, 0) AS plays, coalesce(played_ms, 0) AS played_ms, coalesce(stalled_ms, 0) AS stalled_ms,
                coalesce(shown > 1 AND shown = coalesce(slots, last) AND span < 1000, 0) AS is_bot
            FROM (SELECT reel FROM deliveries UNION SELECT reel FROM seen) AS reels
                LEFT JOIN deliveries USING (reel) LEFT JOIN seen USING (reel) LEFT JOIN stalls USING (reel)
        )
        """

    private static func shown(_ condition: String) -> String {
        """
            SELECT reel, slot, max(viewer) AS viewer, max(edition) AS edition, max(title) AS title, max(clip) AS clip,
                coalesce(min(ts) FILTER (WHERE type = 'slot_start'), min(ts)) AS ts,
                max(type = 'slot_complete') AS completed, max(type = 'skip') AS skipped, max(type = 'click') AS clicked,
                max(at_ms) FILTER (WHERE type = 'skip') AS left_ms
            FROM events
            WHERE type IN ('slot_start', 'slot_complete', 'skip', 'click') AND \(condition)
            GROUP BY reel, slot
        """
    }

    /// Clicks and expected clicks, skips and expected skips of each title, decayed: what is expected is what slots of the same place and clip
    /// type get on average.
    static let responses = """
        WITH shown AS (\(shown("ts <= :at"))),
        weighted AS (SELECT *, pow(2.0, (ts - :at) / :half) AS w FROM shown),
        baseline AS (
            SELECT slot, clip, coalesce(sum(w * clicked) / sum(w), 0) AS click, coalesce(sum(w * skipped) / sum(w), 0) AS skip
            FROM weighted GROUP BY slot, clip
        )
        SELECT title, sum(w * clicked), sum(w * click), sum(w * skipped), sum(w * skip)
        FROM weighted JOIN baseline USING (slot, clip) GROUP BY title
        """

    /// The slots that were delivered with a known chance, or as bumpers, and what came of them; by reel. Arguments: `from`, `until`.
    static let loggedSlots = """
        \(facts)
        SELECT deliveries.reel, deliveries.viewer, deliveries.ts, deliveries.edition, circumstances,
            delivered_slots.title, delivered_slots.clip, propensity, slot_facts.reel IS NOT NULL, coalesce(played, 0)
        FROM deliveries JOIN delivered_slots USING (reel) JOIN reel_facts USING (reel)
            LEFT JOIN slot_facts ON slot_facts.reel = delivered_slots.reel AND slot_facts.slot = delivered_slots.slot
        WHERE deliveries.ts >= :from AND deliveries.ts < :until AND NOT is_bot
        ORDER BY deliveries.ts, deliveries.reel, delivered_slots.slot
        """

    private static let reelCounts = """
        sum(NOT is_bot), sum(started AND NOT is_bot), sum(completed AND NOT is_bot), sum(fully AND NOT is_bot),
        sum(started AND clicks > 0 AND NOT is_bot), sum(started AND plays > 0 AND NOT is_bot),
        sum(CASE WHEN is_bot THEN 0 ELSE plays END), sum(CASE WHEN is_bot THEN 0 ELSE stalled_ms END),
        sum(CASE WHEN is_bot THEN 0 ELSE played_ms END), sum(is_bot)
        """

    /// Reels by day, edition, cadence and arm. Two arguments, twice: the first day and the day after the last.
    static let reelDays = """
        \(facts)
        SELECT day, edition, cadence, '' AS arm, \(reelCounts) FROM reel_facts
        WHERE day >= :from AND day < :until GROUP BY day, edition, cadence
        UNION ALL
        SELECT day, edition, cadence, experiment || '/' || arm AS arm, \(reelCounts)
        FROM reel_facts JOIN delivered_arms USING (reel)
        WHERE day >= :from AND day < :until GROUP BY day, edition, cadence, experiment, arm
        ORDER BY 1, 2, 3, 4
        """

    /// Slots by day, edition, cadence, slot, title and clip type. The plus lets SQLite make an index of reels for the join, which it otherwise does
    /// without (the two columns have not one affinity) and so compares all with all.
    static let slotDays = """
        \(facts)
        SELECT day, reel_facts.edition, cadence, slot, title, clip, count(*), sum(slot_facts.completed), sum(skipped), sum(clicked),
            sum(played)
        FROM reel_facts JOIN slot_facts ON +slot_facts.reel = reel_facts.reel
        WHERE day >= :from AND day < :until AND NOT is_bot
        GROUP BY day, reel_facts.edition, cadence, slot, title, clip ORDER BY 1, 2, 3, 4, 5, 6
        """

    /// What the viewers of an experiment did, by arm: how many they are, and for each metric the sums of its numerator, its denominator,
    /// their squares and their products over viewers.
    static let armSums = """
        \(facts),
        viewers AS (
            SELECT arm, viewer, sum(started) AS reels, sum(started AND completed) AS completion,
                sum(started AND fully) AS full_watch, sum(CASE WHEN started THEN shown END) AS slots,
                sum(CASE WHEN started THEN skips END) AS skip_rate, sum(CASE WHEN started THEN clicks END) AS ctr,
                sum(started AND clicks > 0) AS reel_ctr, sum(started AND plays > 0) AS play_through,
                sum(CASE WHEN started THEN plays END) AS plays_per_reel, sum(stalled_ms) AS rebuffer_ratio,
                sum(stalled_ms + played_ms) AS time
            FROM reel_facts JOIN delivered_arms USING (reel)
            WHERE experiment = :experiment AND NOT is_bot GROUP BY arm, viewer
        ),
        parts AS (
        \(metrics.map { metric, of in
            "SELECT arm, '\(metric)' AS metric, coalesce(\(metric), 0) * 1.0 AS n, coalesce(\(of), 0) * 1.0 AS d FROM viewers"
        }.joined(separator: " UNION ALL\n"))
        )
        SELECT arm, metric, count(*), sum(d > 0), sum(n), sum(d), sum(n * n), sum(d * d), sum(n * d)
        FROM parts GROUP BY arm, metric ORDER BY arm, metric
        """

    /// Each metric's column, and that of its denominator.
    private static let metrics = [
        ("completion", "reels"), ("full_watch", "reels"), ("skip_rate", "slots"), ("ctr", "slots"),
        ("reel_ctr", "reels"), ("play_through", "reels"), ("rebuffer_ratio", "time"), ("plays_per_reel", "reels"),
    ]
}
