import { wrap, type Wrapper } from "./wrapper.ts";

const docker = "-H -c -l --host --context --config --log-level -e --env --env-file -u --user -w --workdir";
const run = `${docker} -v --volume --name --network --net --entrypoint -p --publish --link --mount -m --memory --cpus -h --hostname --platform --pull --add-host --label --volumes-from --restart --shm-size --ulimit --tmpfs --cap-add --cap-drop --security-opt --log-driver --device --dns --gpus --ipc --pid --userns --expose`;
const compose =
  "-f --file -p --project-name --project-directory --profile --env-file -e --env -u --user -w --workdir --index --name -v --volume --entrypoint --ansi --publish -l --label";
const kubectl =
  "-n --namespace -c --container --context --kubeconfig --cluster --user --as --as-group --token -s --server --request-timeout -f --filename -l --selector --image --restart --env --overrides --serviceaccount --labels --annotations --port --limits --requests --field-manager --pod-running-timeout --image-pull-policy";

/** What reaches into a container, a pod or a platform's machine. */
export const containerWrappers: readonly Wrapper[] = [
  ...["docker", "podman", "nerdctl", "sudo-docker"].flatMap((program) => [
    wrap(`${program} exec`, docker, { skips: 1 }),
    wrap(`${program} container exec`, docker, { skips: 1 }),
    wrap(`${program} run`, run, { skips: 1, isImage: true }),
    wrap(`${program} container run`, run, { skips: 1, isImage: true }),
    wrap(`${program} compose exec`, compose, { skips: 1 }),
    wrap(`${program} compose run`, compose, { skips: 1 }),
  ]),
  ...["docker-compose", "podman-compose"].flatMap((program) => [
    wrap(`${program} exec`, compose, { skips: 1 }),
    wrap(`${program} run`, compose, { skips: 1 }),
  ]),
  ...[
    "kubectl",
    "oc",
    "k",
    "microk8s.kubectl",
    "k3s kubectl",
    "microk8s kubectl",
    "minikube kubectl --",
  ].flatMap((program) => [
    wrap(`${program} exec`, kubectl, { skips: 1, dashes: true }),
    wrap(`${program} run`, kubectl, { skips: 1, dashes: true }),
    wrap(`${program} debug`, kubectl, { skips: 1, dashes: true }),
  ]),
  wrap("oc rsh", `${kubectl} --shell --timeout`, { skips: 1 }),
  wrap("crictl exec", "", { skips: 1 }),
  wrap("ctr task exec", "--exec-id --user --cwd", { skips: 1 }),
  wrap("nomad alloc exec", "-task -job -namespace -region", { skips: 1 }),
  wrap("minikube ssh", "-n -p", { rest: "script", dashes: true, reads: true }),
  wrap("gcloud compute ssh", "--command --zone --project --ssh-key-file --container --ssh-flag", {
    rest: "none",
    scripts: ["--command"],
    reads: true,
  }),
  wrap("aws ecs execute-command", "--command --cluster --task --container --region --profile", {
    rest: "none",
    scripts: ["--command"],
  }),
  wrap("az container exec", "--exec-command -g -n --name --resource-group --container-name", {
    rest: "none",
    scripts: ["--exec-command"],
  }),
  wrap("heroku run", "-a --app -r --remote -s --size -e --env --type", { rest: "script" }),
  wrap("heroku run:detached", "-a --app -r --remote -s --size -e --env --type", { rest: "script" }),
  wrap("dokku run", "--env -e", { skips: 1 }),
  wrap("dokku enter", "", { skips: 2 }),
  wrap("railway run", "-s --service -e --environment -p --project"),
  wrap("railway ssh", "-s --service -e --environment -p --project"),
  wrap("scalingo run", "-a --app --size --region"),
  ...["fly", "flyctl"].map((program) =>
    wrap(
      `${program} ssh console`,
      "-C --command -a --app -r --region -u --user -c --config -o --org -A --address",
      {
        rest: "none",
        scripts: ["-C", "--command"],
        reads: true,
      },
    ),
  ),
  wrap("ddev exec", "-s --service -d --dir"),
  wrap("lando ssh", "-c --command -s --service -u --user", { rest: "none", scripts: ["-c", "--command"] }),
  wrap("lando"),
  wrap("sail"),
  wrap("ddev"),
  wrap("ansible", "-m -a -i -u -e -l -f --module-name --args --inventory --user --become-user --limit", {
    rest: "none",
    scripts: ["-a", "--args"],
  }),
];
