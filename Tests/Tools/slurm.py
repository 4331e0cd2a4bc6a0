"""A Slurm of one node for tests: its own keys, ports and folders; it ends with the `with` block."""

import os
import signal
import socket
import subprocess
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Slurm:
    """munged, slurmctld and slurmd in the foreground, as root, on 127.0.0.1."""

    def __init__(self, folder, cpus):
        self.folder, self.cpus, self.processes = folder, cpus, []
        self.environment = {**os.environ, "SLURM_CONF": f"{folder}/slurm.conf"}

    def __enter__(self):
        for name in ("state", "spool", "munge"):
            os.makedirs(f"{self.folder}/{name}", mode=0o700, exist_ok=True)
        key, munge = f"{self.folder}/munge/key", f"{self.folder}/munge/socket"
        with open(key, "wb") as file:
            file.write(os.urandom(1024))
        os.chmod(key, 0o400)
        host = socket.gethostname().split(".")[0]
        with open(f"{self.folder}/slurm.conf", "w", encoding="utf-8") as file:
            file.write(f"""ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
AuthType=auth/munge
AuthInfo=socket={munge},cred_expire=10
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool
SlurmctldPidFile={self.folder}/slurmctld.pid
SlurmdPidFile={self.folder}/slurmd.pid
SlurmctldLogFile={self.folder}/slurmctld.log
SlurmdLogFile={self.folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,requeue_delay=1
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
MinJobAge=300
NodeName={host} NodeAddr=127.0.0.1 CPUs={self.cpus} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
""")
        self.start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge}", f"--pid-file={self.folder}/munge/pid",
                   f"--log-file={self.folder}/munge/log", f"--seed-file={self.folder}/munge/seed")
        self.wait(lambda: os.path.exists(munge), "munged")
        self.start("slurmctld", "-D")
        self.start("slurmd", "-D", "-N", host)
        self.wait(lambda: self.run("sinfo", "-h", "-o", "%T").strip() == "idle", "the node")
        return self

    def start(self, program, *arguments):
        with open(f"{self.folder}/{program}.out", "wb") as output:
            self.processes.append(subprocess.Popen(
                [program, *arguments], env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output))

    def wait(self, is_ready, what, seconds=60):
        for _ in range(seconds * 10):
            if is_ready():
                return
            if any(process.poll() is not None for process in self.processes):
                break
            time.sleep(0.1)
        raise RuntimeError(f"{what} did not come up; see the logs in {self.folder}")

    def run(self, *command):
        """What a client of Slurm prints; nothing when it fails."""
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False).stdout

    def states(self, job):
        """The state of each task of an array, by its number."""
        rows = self.run("squeue", "--noheader", "--array", "--states=all", "--jobs", job, "--format", "%K %T").split("\n")
        return {int(row.split()[0]): row.split()[1] for row in rows if len(row.split()) == 2 and row.split()[0].isdigit()}

    def __exit__(self, *_):
        self.run("scancel", "--full", "--user=root")
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
