{{- /* One Deployment; takes {root, component} with component `serve` or `worker`, the words of the command line. */ -}}
{{- define "accord.deployment" -}}
{{- $root := .root -}}
{{- $component := .component -}}
{{- $workload := index $root.Values.workloads $component -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "accord.name" $root }}-{{ $component }}
  labels:
    {{- include "accord.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $component }}
spec:
  replicas: {{ $workload.replicas }}
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  selector:
    matchLabels:
      {{- include "accord.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ $component }}
  template:
    metadata:
      labels:
        {{- include "accord.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ $component }}
      annotations:
        checksum/config: {{ include "accord.environment" $root | sha256sum }}
        prometheus.io/scrape: "true"
        prometheus.io/port: {{ $root.Values.adminPort | quote }}
        {{- with $root.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "accord.name" $root }}
      {{- include "accord.podsecurity" $root | nindent 6 }}
      # The process drains for at most 25 s and then ends by itself; the kubelet's kill comes well after that.
      terminationGracePeriodSeconds: 40
      topologySpreadConstraints:
        {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - topologyKey: {{ $key }}
          maxSkew: 1
          whenUnsatisfiable: {{ $root.Values.global.spread }}
          labelSelector:
            matchLabels:
              {{- include "accord.selector" $root | nindent 14 }}
              app.kubernetes.io/component: {{ $component }}
          matchLabelKeys: [pod-template-hash]
        {{- end }}
      containers:
        - name: {{ $component }}
          {{- include "accord.containersecurity" $root | nindent 10 }}
          args: [{{ $root.Chart.Name }}, {{ $component }}]
          envFrom: [{ configMapRef: { name: {{ include "accord.name" $root }} } }]
          ports:
            - { name: admin, containerPort: {{ $root.Values.adminPort }} }
            {{- if eq $component "serve" }}
            {{- range $name, $port := $root.Values.ports }}
            - { name: {{ $name }}, containerPort: {{ $port }} }
            {{- end }}
            {{- end }}
          {{- include "accord.probes" $root | nindent 10 }}
          resources: {{- toYaml $workload.resources | nindent 12 }}
          volumeMounts:
            - { name: certificates, mountPath: /etc/accord/tls, readOnly: true }
            - { name: secrets, mountPath: /run/secrets/accord, readOnly: true }
            - { name: tmp, mountPath: /tmp }
      volumes:
        {{- include "accord.certificatevolume" $root | nindent 8 }}
        {{- include "accord.secretvolume" (merge (dict) $root.Values.secrets $root.Values.files $root.Values.mounts) | nindent 8 }}
        - name: tmp
          emptyDir: { sizeLimit: 64Mi }
{{- end }}

{{- /* AlwaysAllow: a pod that is not ready anyway must not keep a node from being drained. */ -}}
{{- define "accord.pdb" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "accord.name" .root }}-{{ .component }}
  labels: {{- include "accord.labels" .root | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "accord.selector" .root | nindent 6 }}
      app.kubernetes.io/component: {{ .component }}
{{- end }}
