private import Diagnostics

extension FarmSubmission {
    /// Runs a command and tries again where that may help; a signal is passed on, and waited for.
    ///
    /// Slurm's own requeueing by exit status would break the dependency of the merge on the array.
    private static let retries = #"""
        task=
        stopped=
        trap 'stopped=1; kill -TERM "$task" 2>/dev/null' TERM INT
        for pause in 5 15 60 300 0; do
            "${command[@]}" &
            task=$!
            # A signal may come before the number of the task is known.
            if [[ -n $stopped ]]; then kill -TERM "$task" 2>/dev/null; fi
            # A signal ends the first wait before the task has ended.
            while wait "$task"; status=$?; kill -0 "$task" 2>/dev/null; do :; done
            # 75: a busy library, a full disk. 137: killed, as for want of memory. Everything else a retry does not mend.
            if [[ $status != 75 && $status != 137 ]]; then exit "$status"; fi
            sleep "$pause" &
            task=$!
            if [[ -n $stopped ]] || ! wait "$task"; then exit 143; fi
        done
        exit "$status"
        """#

    /// An sbatch script for an array with a task for each share.
    public var slurm: String {
        """
        #!/bin/bash
        # Renders a job list as a Slurm array: task n makes the n-th share. Written by 'sizzle farm submit --engine slurm'.
        #SBATCH --job-name=\(name)
        #SBATCH --array=0-\(tasks - 1)\(atOnce.map { "%\($0)" } ?? "")
        #SBATCH --cpus-per-task=\(parallel)
        #SBATCH --requeue
        #SBATCH --open-mode=append
        #SBATCH --output="\(folder)/shards/slurm-%A_%a.log"
        # A minute before the time limit: what is in hand is finished or dropped, and the next run takes it up.
        #SBATCH --signal=B:TERM@60
        set -u
        command=(
            \(Self.shell(render))
        )
        \(Self.retries)

        """
    }

    /// An sbatch script for what comes after the array.
    public var slurmMerge: String {
        """
        #!/bin/bash
        # Proves that all reels are there. Written by 'sizzle farm submit --engine slurm', submitted with --dependency=afterany:ARRAY.
        #SBATCH --job-name=\(name)-merge
        #SBATCH --open-mode=append
        #SBATCH --output="\(folder)/shards/slurm-%j.log"
        exec \(Self.shell(merge))

        """
    }

    /// A script that runs the shares on this machine, and merges.
    public var local: String {
        """
        #!/bin/bash
        # Renders a job list on this machine, share by share. Written by 'sizzle farm submit --engine local'.
        set -euo pipefail
        command=(
            \(Self.shell(render))
        )
        # xargs ends with 123 when a share failed; the merge says which reels are missing.
        seq 0 \(tasks - 1) | xargs -P \(atOnce ?? 1) -I '{}' "${command[@]}" --shard '{}/\(tasks)' || true
        exec \(Self.shell(merge))

        """
    }

    /// A manifest of a Kubernetes Indexed Job (batch/v1).
    public var kubernetes: String {
        let arguments = render.dropFirst().map { "            - \(Self.yaml($0))" }.joined(separator: "\n")
        return """
            # Renders a job list as a Kubernetes Indexed Job: pod n makes the n-th share. Written by 'sizzle farm submit --engine kubernetes'.
            # Afterwards: sizzle farm merge, from any pod that has the volume.
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: \(name)
            spec:
              completionMode: Indexed
              completions: \(tasks)
              parallelism: \(atOnce ?? tasks)
              # Each share may fail this often; the others go on.
              backoffLimitPerIndex: 4
              maxFailedIndexes: \(tasks)
              podFailurePolicy:
                rules:
                  # A pod that is moved off its node has not failed.
                  - action: Ignore
                    onPodConditions:
                      - type: DisruptionTarget
                        status: "True"
                  # What a retry does not mend: usage, bad lines, missing inputs, a defect, no place for the output.
                  - action: FailIndex
                    onExitCodes:
                      containerName: sizzle
                      operator: In
                      values: [64, 65, 66, 70, 73]
              template:
                metadata:
                  labels:
                    app.kubernetes.io/name: sizzle
                spec:
                  restartPolicy: Never
                  # What is in hand is finished or dropped well within it.
                  terminationGracePeriodSeconds: 60
                  securityContext:
                    runAsNonRoot: true
                    runAsUser: 10001
                    fsGroup: 10001
                  containers:
                    - name: sizzle
                      image: \(Self.yaml(image))
                      args:
            \(arguments)
                      env:
                        # Kubernetes sets JOB_COMPLETION_INDEX itself.
                        - name: JOB_COMPLETIONS
                          value: "\(tasks)"
                      resources:
                        requests:
                          cpu: "\(parallel)"
                          memory: 256Mi
                        limits:
                          memory: 1Gi
                      volumeMounts:
                        - name: reels
                          mountPath: \(Self.yaml(mount))
                  volumes:
                    - name: reels
                      persistentVolumeClaim:
                        claimName: \(Self.yaml(claim))

            """
    }

    /// The places of Open Job Description's job: a template may not name them as defaults, since they are absolute.
    public var openjdParameters: String {
        let places: [String: JSONValue] = [
            "Jobs": .string(jobs), "OutputDir": .string(folder), "Library": .string(library),
        ]
        return JSONValue.object(places).text + "\n"
    }

    /// A job template of Open Job Description, which AWS Deadline Cloud reads; with ``openjdParameters`` it is complete.
    public var openjd: String {
        """
        # Renders a job list by Open Job Description, chunk by chunk of its shares. Written by 'sizzle farm submit --engine openjd'.
        specificationVersion: jobtemplate-2023-09
        extensions: [TASK_CHUNKING]
        name: \(Self.yaml(name))
        parameterDefinitions:
          - name: Sizzle
            type: STRING
            default: \(Self.yaml(program))
          - name: Jobs
            type: PATH
            objectType: FILE
            dataFlow: IN
          - name: OutputDir
            type: PATH
            objectType: DIRECTORY
            dataFlow: OUT
          - name: Library
            type: PATH
            objectType: DIRECTORY
            dataFlow: INOUT
          - name: LastShard
            description: One less than the number of shares.
            type: INT
            minValue: 0
            default: \(tasks - 1)
          - name: JobsParallel
            description: Reels that are made at a time.
            type: INT
            minValue: 1
            default: \(parallel)
          - name: ShardsPerChunk
            type: INT
            minValue: 1
            default: 1
        steps:
          - name: Render
            parameterSpace:
              taskParameterDefinitions:
                - name: Shard
                  type: CHUNK[INT]
                  range: "0-{{Param.LastShard}}"
                  chunks:
                    defaultTaskCount: "{{Param.ShardsPerChunk}}"
                    targetRuntimeSeconds: 600
                    rangeConstraint: CONTIGUOUS
            script:
              actions:
                onRun:
                  command: bash
                  args: ["{{Task.File.Run}}"]
                  # What is in hand is finished or dropped well within it.
                  cancelation: {mode: NOTIFY_THEN_TERMINATE, notifyPeriodInSeconds: 60}
              embeddedFiles:
                - name: Run
                  type: TEXT
                  data: |
                    set -u
                    chunk={{Task.Param.Shard}}
                    first=${chunk%-*} last=${chunk#*-} task=
                    trap 'kill -TERM "$task" 2>/dev/null' TERM INT
                    for ((shard = first; shard <= last; shard++)); do
                        for pause in 5 15 60 0; do
                            # Progress is that of the chunk, not of one share.
                            '{{Param.Sizzle}}' render --jobs '{{Param.Jobs}}' --output-dir '{{Param.OutputDir}}' \\
                                --library '{{Param.Library}}' --resume --keep-going --jobs-parallel {{Param.JobsParallel}} \\
                                --shard "$shard/$(({{Param.LastShard}} + 1))" --progress openjd > >(
                                    while IFS= read -r line; do
                                        if [[ $line == "openjd_progress: "* ]]; then
                                            done=$((100 * (shard - first) + ${line#* }))
                                            line="openjd_progress: $((done / (last - first + 1)))"
                                        fi
                                        printf '%s\\n' "$line"
                                    done) &
                            task=$!
                            while wait "$task"; status=$?; kill -0 "$task" 2>/dev/null; do :; done
                            # 75: a busy library, a full disk. 137: killed, as for want of memory.
                            [[ $status == 75 || $status == 137 ]] || break
                            sleep "$pause"
                        done
                        ((status == 0)) || exit "$status"
                    done
          - name: Merge
            dependencies:
              - dependsOn: Render
            script:
              actions:
                onRun:
                  command: "{{Param.Sizzle}}"
                  args: [farm, merge, --jobs, "{{Param.Jobs}}", --output-dir, "{{Param.OutputDir}}", --library, "{{Param.Library}}"]

        """
    }
}
