"""The page."""

__all__ = ["PAGE"]

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ report.title }} – Mendelian randomization</title>
<style>
:root { --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --paper: #ffffff; --accent: #0072b2; --warn: #d55e00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --paper: #0d1117; --accent: #56b4e9; --warn: #e69f00; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.answer { font-size: 1.15rem; } .verdict { border-left: 4px solid var(--warn); padding: .2rem 1rem; }
.credible { border-color: var(--accent); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .82rem; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } tr.primary td { font-weight: 700; }
svg { width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
svg text.axis { fill: var(--soft); } svg text.primary { font-weight: 700; }
svg line.foil, svg line.zero { stroke: var(--soft); } svg line.zero { stroke-dasharray: 3 3; }
svg line.primary { stroke: var(--accent); stroke-width: 3; } svg circle.primary { fill: var(--accent); }
svg circle.foil { fill: var(--soft); } svg polyline.foil { stroke: var(--soft); }
svg circle.refused { fill: var(--paper); stroke: var(--warn); stroke-width: 2; } code { overflow-wrap: anywhere; }
@media print { body { margin: 0; } .scroll { overflow: visible; } }
</style>
</head>
<body>
<h1>Mendelian randomization: {{ report.title }}</h1>
<p class="answer">{{ report.answer }}</p>
<div class="verdict {{ report.verdict.level }}">
<p><strong>Verdict: {{ report.verdict.level }}</strong> (route: {{ report.verdict.route }})</p>
<ul>
{% for reason in report.verdict.reasons %}
<li>{{ reason }}</li>
{% endfor %}
</ul>
{% if report.verdict.advice %}
<p>What to do next:</p>
<ul>
{% for step in report.verdict.advice %}
<li>{{ step }}</li>
{% endfor %}
</ul>
{% endif %}
</div>
{{ forest }}
{% if report.notes %}
<h2>Notes</h2>
<ul>
{% for note in report.notes %}
<li>{{ note }}</li>
{% endfor %}
</ul>
{% endif %}
{% for title, rows in report.tables.items() %}
{% if rows %}
<h2>{{ title }}</h2>
{% if title == "Number of instruments" %}
{{ curve }}
{% endif %}
<div class="scroll"><table>
<thead><tr>{% for name in rows[0] %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in rows %}
<tr{% if row.get("primary") == "true" %} class="primary"{% endif %}>
{% for value in row.values() %}<td>{{ value | cell }}</td>{% endfor %}
</tr>
{% endfor %}
</tbody>
</table></div>
{% endif %}
{% endfor %}
{% if report.provenance %}
<h2>How this was made</h2>
<div class="scroll"><table>
{% for name, value in report.provenance.items() %}
<tr><th scope="row">{{ name }}</th><td><code>{{ value }}</code></td></tr>
{% endfor %}
</table></div>
{% endif %}
</body>
</html>
"""
