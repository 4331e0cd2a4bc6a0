import Diagnostics
import Farm
import Testing

@Suite struct ShardTests {
    @Test func sharesAreReadAsWritten() throws {
        #expect(
            try ["0/1", "0/8", "7/8", "999999/1000000"].map { try Shard($0).description } == [
                "0/1", "0/8", "7/8", "999999/1000000",
            ])
    }

    @Test(arguments: [
        "", "1", "8/8", "-1/8", "0/0", "1/2/3", "a/8", "+1/8", "0/1000001", "1 /8", "9223372036854775808/2",
    ])
    func othersAreRefused(text: String) {
        let fault = #expect(throws: Fault.self) { try Shard(text) }
        #expect(fault?.status == .usage)
    }

    /// What engines say, and the share that it is; `nil` for a refusal.
    static let told: [([String: String], String?)] = [
        (["SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_MAX": "7"], "3/8"),
        (slurm("30", "10", "80", step: "10", count: "8"), "2/8"),
        (slurm("80", "10", "80", step: "10", count: "8"), "7/8"),
        // --array=1,3,7: no step gives its three tasks.
        (slurm("3", "1", "7", step: "1", count: "3"), nil),
        // --array=3 alone, after an array of 0 to 7 lost its task 3.
        (slurm("3", "3", "3", step: "1", count: "1"), "0/1"),
        (slurm("35", "10", "80", step: "10", count: "8"), nil),
        (["SLURM_ARRAY_TASK_ID": "3"], nil),
        (slurm("x", "0", "7", step: "1", count: "8"), nil),
        (["JOB_COMPLETION_INDEX": "2", "JOB_COMPLETIONS": "4"], "2/4"),
        (["JOB_COMPLETION_INDEX": "2"], nil),
        (["JOB_COMPLETION_INDEX": "4", "JOB_COMPLETIONS": "4"], nil),
    ]

    private static func slurm(
        _ id: String, _ least: String, _ most: String, step: String, count: String
    ) -> [String: String] {
        [
            "SLURM_ARRAY_TASK_ID": id, "SLURM_ARRAY_TASK_MIN": least, "SLURM_ARRAY_TASK_MAX": most,
            "SLURM_ARRAY_TASK_STEP": step, "SLURM_ARRAY_TASK_COUNT": count,
        ]
    }

    @Test(arguments: told) func enginesTellTheirTasksShare(environment: [String: String], share: String?) throws {
        guard let share else {
            let fault = #expect(throws: Fault.self) { try Shard.told(by: environment) }
            #expect(fault?.status == .usage)
            return
        }
        #expect(try Shard.told(by: environment)?.description == share)
    }

    @Test func nobodyTellsAnything() throws { #expect(try Shard.told(by: ["HOME": "/"]) == nil) }
}
