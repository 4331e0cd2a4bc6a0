"""What events say of reels, in the words of Spark SQL: Sources/Catalogue/EventImport.swift and ReelSQL.swift, statement by statement.

Each statement is a view that those after it read. `lines` is there before them: `read` as event_lines.FIELDS, `name`, `path`, `block` and `row`,
which put lines into one order whatever splits Spark makes of files, and `received` in milliseconds, null where a line came at its own time.
"""

CLOCK_TOLERANCE = 5 * 60_000
DAY = 86_400_000
LATENESS = 2 * DAY

# Lines that are stored or known already: of a type that is known, not of those who were forgotten.
TAKEN = """
    SELECT read.*, named_struct('name', name, 'path', path, 'block', block, 'row', row) AS place, received
    FROM lines LEFT ANTI JOIN refused USING (path)
    WHERE read.problem IS NULL AND read.unknown IS NULL AND NOT EXISTS (
        SELECT 1 FROM forgotten
        WHERE forgotten.viewer = sha2(CAST(read.viewer AS BINARY), 256) AND read.sent <= forgotten.until
    )
"""
# An id's first line counts.
RANKED = f"""
    SELECT *, row_number() OVER first_lines AS nth, first_value(content) OVER first_lines AS first_content,
        sent > received + {CLOCK_TOLERANCE} IS TRUE AS is_clamped, sent < received - {LATENESS} IS TRUE AS is_late
    FROM taken WINDOW first_lines AS (PARTITION BY event_id ORDER BY place)
"""
EVENTS = """
    SELECT *, CASE WHEN is_clamped THEN received ELSE sent END AS ts FROM ranked WHERE nth = 1
"""
# A reel's first impression that says slots is its delivery, be it late or not.
DELIVERIES = """
    SELECT reel, viewer, ts, edition, cadence, size(slots) AS slots, slots AS plan, arms
    FROM (
        SELECT *, row_number() OVER (PARTITION BY reel ORDER BY place) AS impression
        FROM events WHERE type = 'impression' AND slots IS NOT NULL
    ) WHERE impression = 1
"""
DELIVERED_SLOTS = """
    SELECT reel, entry.slot, entry.title, entry.clip, entry.ms
    FROM (SELECT reel, explode(plan) AS entry FROM deliveries)
"""
DELIVERED_ARMS = """
    SELECT reel, entry.experiment, min_by(entry.arm, number) AS arm
    FROM (SELECT reel, posexplode(arms) AS (number, entry) FROM deliveries) GROUP BY reel, entry.experiment
"""

# ReelSQL.facts.
SHOWN = """
    SELECT reel, slot, max(viewer) AS viewer, max(edition) AS edition, max(title) AS title, max(clip) AS clip,
        coalesce(min(ts) FILTER (WHERE type = 'slot_start'), min(ts)) AS ts,
        bool_or(type = 'slot_complete') AS completed, bool_or(type = 'skip') AS skipped, bool_or(type = 'click') AS clicked,
        max(at_ms) FILTER (WHERE type = 'skip') AS left_ms
    FROM events
    WHERE type IN ('slot_start', 'slot_complete', 'skip', 'click') AND NOT is_late
    GROUP BY reel, slot
"""
NEXT = """
    SELECT *, lead(ts) OVER (PARTITION BY viewer, title ORDER BY ts, reel, slot) AS next_ts FROM shown
"""
PLAYED = f"""
    SELECT reel, slot, true AS played
    FROM next LEFT SEMI JOIN (SELECT viewer, title, ts FROM events WHERE is_like AND NOT is_late) AS play
        ON play.viewer = next.viewer AND play.title = next.title
            AND play.ts BETWEEN next.ts AND next.ts + {DAY} AND (next_ts IS NULL OR play.ts < next_ts)
"""
SLOT_FACTS = """
    SELECT next.*, coalesce(CASE WHEN completed THEN delivered_slots.ms WHEN left_ms IS NOT NULL
            THEN least(left_ms, coalesce(delivered_slots.ms, 86400000)) END, 0) AS played_ms,
        coalesce(played, false) AS played
    FROM next
        LEFT JOIN delivered_slots ON delivered_slots.reel = next.reel AND delivered_slots.slot = next.slot
        LEFT JOIN played ON played.reel = next.reel AND played.slot = next.slot
"""
SEEN = """
    SELECT reel, max(viewer) AS viewer, max(edition) AS edition, min(ts) AS ts, max(ts) - min(ts) AS span,
        count(*) AS shown, max(slot) AS last, bool_or(slot = 1) AS started, count_if(completed) AS completes,
        max(CASE WHEN completed THEN slot END) AS last_complete, count_if(skipped) AS skips, count_if(clicked) AS clicks,
        count_if(played) AS plays, sum(played_ms) AS played_ms
    FROM slot_facts GROUP BY reel
"""
STALLS = """
    SELECT reel, sum(stalled_ms) AS stalled_ms FROM events
    WHERE type = 'rebuffer' AND stalled_ms IS NOT NULL AND NOT is_late GROUP BY reel
"""
REEL_FACTS = """
    SELECT reel, coalesce(deliveries.viewer, seen.viewer) AS viewer,
        CAST(CAST(timestamp_seconds(coalesce(deliveries.ts, seen.ts) DIV 1000) AS DATE) AS STRING) AS day,
        coalesce(deliveries.edition, seen.edition) AS edition, coalesce(cadence, '') AS cadence,
        coalesce(started, false) AS started,
        coalesce(started AND last_complete = coalesce(slots, last), false) AS completed,
        coalesce(started AND completes = coalesce(slots, last), false) AS fully,
        coalesce(shown, 0) AS shown, coalesce(skips, 0) AS skips, coalesce(clicks, 0) AS clicks,
        coalesce(plays, 0) AS plays, coalesce(played_ms, 0) AS played_ms, coalesce(stalled_ms, 0) AS stalled_ms,
        coalesce(shown > 1 AND shown = coalesce(slots, last) AND span < 1000, false) AS is_bot
    FROM deliveries FULL JOIN seen USING (reel) LEFT JOIN stalls USING (reel)
"""

REEL_COUNTS = """
    count_if(NOT is_bot) AS delivered, count_if(started AND NOT is_bot) AS started,
    count_if(completed AND NOT is_bot) AS completed, count_if(fully AND NOT is_bot) AS full,
    count_if(started AND clicks > 0 AND NOT is_bot) AS clicked,
    count_if(started AND plays > 0 AND NOT is_bot) AS played_through,
    sum(CASE WHEN is_bot THEN 0 ELSE plays END) AS plays, sum(CASE WHEN is_bot THEN 0 ELSE stalled_ms END) AS stalled_ms,
    sum(CASE WHEN is_bot THEN 0 ELSE played_ms END) AS played_ms, count_if(is_bot) AS bots
"""
# ReelSQL.reelDays, with the columns of AggregateTables.swift.
REEL_DAYS = f"""
    SELECT day, edition, cadence, '' AS arm, {REEL_COUNTS}
    FROM reel_facts WHERE day >= '{{first}}' AND day < '{{after}}' GROUP BY day, edition, cadence
    UNION ALL
    SELECT day, edition, cadence, experiment || '/' || arm AS arm, {REEL_COUNTS}
    FROM reel_facts JOIN delivered_arms USING (reel)
    WHERE day >= '{{first}}' AND day < '{{after}}' GROUP BY day, edition, cadence, experiment, delivered_arms.arm
"""
# ReelSQL.slotDays.
SLOT_DAYS = """
    SELECT day, reel_facts.edition, cadence, slot, title, clip, count(*) AS starts, count_if(completed) AS completes,
        count_if(skipped) AS skips, count_if(clicked) AS clicks, count_if(played) AS plays
    FROM (SELECT reel, slot, title, clip, completed, skipped, clicked, played FROM slot_facts)
        JOIN (SELECT reel, day, edition, cadence, is_bot FROM reel_facts) AS reel_facts USING (reel)
    WHERE day >= '{first}' AND day < '{after}' AND NOT is_bot
    GROUP BY day, reel_facts.edition, cadence, slot, title, clip
"""

# The views by name, in the order in which they are made; those that several others read are kept.
VIEWS = {
    "taken": TAKEN, "ranked": RANKED, "events": EVENTS, "deliveries": DELIVERIES, "delivered_slots": DELIVERED_SLOTS,
    "delivered_arms": DELIVERED_ARMS, "shown": SHOWN, "next": NEXT, "played": PLAYED, "slot_facts": SLOT_FACTS,
    "seen": SEEN, "stalls": STALLS, "reel_facts": REEL_FACTS,
}
KEPT = frozenset(["ranked", "deliveries", "slot_facts", "reel_facts"])
# The tables that a report is made of, and by which columns their rows are sorted.
TABLES = {
    "reel_days": (REEL_DAYS, ["day", "edition", "cadence", "arm"]),
    "slot_days": (SLOT_DAYS, ["day", "edition", "cadence", "slot", "title", "clip"]),
}
