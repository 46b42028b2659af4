"""The templates of the page, and of the part of it that a notebook shows."""

__all__ = ["FRAGMENT", "PAGE"]

_TABLE = """{% macro table(title, rows, style="") %}
<div class="scroll" tabindex="0" role="region" aria-label="{{ title }}"><table>
<thead><tr>{% for name in rows[0] %}<th scope="col"{{ style }}>{{ name | heading }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in rows %}
<tr{% if row.get("primary") == "true" %} class="primary"{% endif %}>
{% for value in row | cells %}<td{{ style }}>{{ value | code }}</td>{% endfor %}
</tr>
{% endfor %}
</tbody>
</table></div>
{% endmacro %}
{% macro route() %}{% if report.verdict.route %} (route: {{ report.verdict.route }}){% endif %}{% endmacro %}
{% macro reasons() %}
<ul>
{% for reason in report.verdict.reasons %}
<li>{{ reason | code }}</li>
{% endfor %}
</ul>
{% if report.verdict.advice %}
<p>What to do next:</p>
<ul>
{% for step in report.verdict.advice %}
<li>{{ step | code }}</li>
{% endfor %}
</ul>
{% endif %}
{% endmacro %}
"""

FRAGMENT = (
    _TABLE
    + """{% set left = ' style="text-align: left"' | safe %}
<div>
<p><strong>{{ report.answer | code }}</strong></p>
{% if not withheld %}
{% for key, rows in tables.items() %}
{{ table(titles.get(key, key), rows, left) }}
{% if left_out[key] > 0 %}
<p>... and {{ left_out[key] }} more rows.</p>
{% endif %}
{% if explained %}
<p>{{ explained }}</p>
{% endif %}
{% endfor %}
{% endif %}
<p>Verdict: <strong>{{ report.verdict.level }}</strong>{{ route() }}</p>
{{ reasons() }}
{% if tests and not withheld %}
<p>Tests that did not pass:</p>
{{ table("Tests that did not pass", tests, left) }}
{% endif %}
{% if counted %}
<p>{{ counted }}; all are in <code>.tests_frame()</code>.</p>
{% endif %}
</div>
"""
)

PAGE = (
    _TABLE
    + """{% macro plot(drawing) %}
<figure class="plot">
<div class="scroll" tabindex="0" role="region" aria-label="Figure: {{ drawing.name }}">{{ drawing.svg() }}</div>
<figcaption>{{ drawing.caption | code }}</figcaption></figure>
{% endmacro %}
{% macro body(section) %}
{% if section.words %}
<p>{{ section.words | code }}</p>
{% endif %}
{% for drawing in section.drawings %}
{{ plot(drawing) }}
{% endfor %}
{% if section.rows and section.folded %}
<details><summary>Table</summary>
{% if section.said %}
<p>{{ section.said | code }}</p>
{% endif %}
{{ table(section.title, section.rows) }}
</details>
{% elif section.rows %}
{% if section.said %}
<p>{{ section.said | code }}</p>
{% endif %}
{{ table(section.title, section.rows) }}
{% endif %}
{% endmacro %}
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ report.title }} – Mendelian randomization</title>
<style>
{{ style }}</style>
</head>
<body>
<main>
<h1>Mendelian randomization: {{ report.title }}</h1>
{% if withheld %}
<div class="verdict not-identified" role="alert">
<p><strong>No answer: the effect is not identified.</strong></p>
<p>{{ report.answer | code }}</p>
<p>Verdict: {{ report.verdict.level }}{{ route() }}</p>
{{ reasons() }}
</div>
{% else %}
<p class="answer estimate">{{ report.answer | code }}</p>
<div class="verdict {{ report.verdict.level }}">
<p><strong>Verdict: {{ report.verdict.level }}</strong>{{ route() }}</p>
{{ reasons() }}
</div>
{% if forest %}
{{ plot(forest) }}
{% endif %}
{% endif %}
{% if report.notes %}
<section id="notes">
<h2>Notes</h2>
<ul>
{% for note in report.notes %}
<li>{{ note | code }}</li>
{% endfor %}
</ul>
</section>
{% endif %}
{% for section in sections %}
<section id="section-{{ loop.index }}">
<h2>{{ section.title }}</h2>
{% if section.withheld %}
<details class="withheld"><summary>These numbers must not be quoted: the verdict is not identified</summary>
{{ body(section) }}
</details>
{% else %}
{{ body(section) }}
{% endif %}
</section>
{% endfor %}
{% if report.methods %}
<section id="methods">
<h2>Methods paragraph</h2>
<p>This paragraph describes the run, for the methods section of an article.</p>
<blockquote><p>{{ report.methods | code }}</p></blockquote>
</section>
{% endif %}
{% if report.facts %}
<section id="strobe">
<h2>STROBE-MR checklist</h2>
<p>The run fills the items that it can answer. The author completes the others
(Skrivankova et al. 2021, JAMA 326:1614).</p>
<details><summary>Table</summary>
{{ table("STROBE-MR checklist", checklist) }}
</details>
</section>
{% endif %}
{% if report.provenance %}
<section id="provenance">
<h2>How this was made</h2>
<div class="scroll" tabindex="0" role="region" aria-label="How this was made"><table>
{% for name, value in report.provenance.items() %}
<tr><th scope="row">{{ name }}</th><td><code>{{ value }}</code></td></tr>
{% endfor %}
</table></div>
</section>
{% endif %}
</main>
</body>
</html>
"""
)
