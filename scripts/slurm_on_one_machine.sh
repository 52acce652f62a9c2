#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A Slurm cluster for tests on this machine, two nodes with one processor each: munged, slurmctld, two slurmd.
# Uses free ports and keeps all files in DIR, including a munge key, a socket and logs. Touches neither systemd nor
# files in /etc or /run, so it can run in a container or next to another Slurm.
# Usage: scripts/slurm_on_one_machine.sh start DIR     prints the path of slurm.conf: export SLURM_CONF=...
#        scripts/slurm_on_one_machine.sh stop DIR      ends everything that `start` started, including jobs
# Exit status 77: Slurm's programs are not installed (Debian: slurm-wlm munge).
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin  # where Debian puts daemons

fail() {
  echo "slurm_on_one_machine: $1" >&2
  exit "${2:-1}"
}

free_port() {  # below those the system assigns
  local port
  while true; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || break
  done
  echo "$port"
}

write_conf() {
  local user
  user=$(id -un)
  cat > "$dir/slurm.conf" << END
ClusterName=stapes
SlurmctldHost=localhost
SlurmUser=$user
SlurmdUser=$user
SlurmctldPort=$(free_port)
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$dir/munge.socket
StateSaveLocation=$dir/ctld
SlurmdSpoolDir=$dir/d-%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/%n.pid
SlurmctldLogFile=$dir/log/ctld.log
SlurmdLogFile=$dir/log/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1
PartitionName=p Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
}

launch() {  # name, program, arguments: a daemon that detaches itself
  local name=$1
  shift
  "$@" > "$dir/log/$name.out" 2>&1 || fail "$name did not start: $(tail -n 1 "$dir/log/$name.out")"
}

start_munged() {  # --force: accepts a DIR that is closed to other users
  (umask 077 && head -c 1024 /dev/urandom > "$dir/munge.key")
  launch munged munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
    --log-file="$dir/log/munged.log" --seed-file="$dir/munge.seed"
}

await_nodes() {
  local waited
  for ((waited = 0; waited < 150; ++waited)); do
    [[ $(sinfo --noheader --Node --format=%t 2> /dev/null) == $'idle\nidle' ]] && return
    sleep 0.2
  done
  fail "the nodes are still not idle after 30 s; see $dir/log"
}

start() {
  local program
  for program in munged slurmctld slurmd sbatch; do
    command -v "$program" > /dev/null || fail "$program not found; install slurm-wlm and munge" 77
  done
  [[ -e $dir/slurm.conf ]] && fail "$dir already has a cluster; stop it or choose another folder"
  mkdir -p "$dir"/{ctld,d-n1,d-n2,log}
  trap stop EXIT  # if a part does not start
  write_conf
  export SLURM_CONF=$dir/slurm.conf
  start_munged
  launch slurmctld slurmctld
  launch n1 slurmd -N n1
  launch n2 slurmd -N n2
  await_nodes
  trap - EXIT
  echo "$SLURM_CONF"
}

is_alive() {  # program name, pid file: whether the process is that program
  local id
  id=$(cat "$2" 2> /dev/null) && [[ $id && $(cat "/proc/$id/comm" 2> /dev/null) == "$1" ]]
}

end_daemon() {  # program name, pid file
  local signal waited
  for signal in TERM KILL; do
    is_alive "$1" "$2" && kill -s "$signal" "$(cat "$2")"
    for ((waited = 0; waited < 50; ++waited)); do
      is_alive "$1" "$2" || return 0
      sleep 0.1
    done
  done
}

stop() {
  [[ -e $dir/slurm.conf ]] || return 0
  export SLURM_CONF=$dir/slurm.conf
  if is_alive slurmctld "$dir/slurmctld.pid"; then  # jobs outlive slurmd
    timeout 10 scancel --partition=p --state=PENDING > /dev/null 2>&1 || true  # first, so that they do not start
    timeout 10 scancel --signal=KILL --full --partition=p --state=RUNNING > /dev/null 2>&1 || true
  fi
  end_daemon slurmd "$dir/n1.pid"
  end_daemon slurmd "$dir/n2.pid"
  end_daemon slurmctld "$dir/slurmctld.pid"
  end_daemon munged "$dir/munged.pid"
  rm -f "$dir/slurm.conf"
}

if (($# != 2)) || [[ $1 != start && $1 != stop ]]; then
  fail "usage: slurm_on_one_machine.sh start|stop DIR" 2
fi
mkdir -p "$2"
dir=$(realpath "$2")
"$1"
