"""The Markdown summary."""

from qml_core.evaluation.report import summary_markdown


def test_the_summary_holds_verdict_figures_metrics_and_command(binary):
    text = summary_markdown(binary())
    assert text.startswith("# QSVC on breast\\_cancer\n\n**On breast\\_cancer the quantum kernel")
    assert "| Accuracy, QSVC | **0.956** | \\[0.944, 0.969\\] |" in text
    assert "| ROC AUC | 0.989" in text
    assert f"```sh\n{binary().command}\n```" in text


def test_a_bare_kernel_is_summed_up_without_metrics(bare_kernel):
    text = summary_markdown(bare_kernel())
    assert "Held out" not in text
    assert "| Mean off-diagonal |" in text


def test_the_report_is_linked_even_where_its_path_has_blanks(binary):
    text = summary_markdown(binary(), "file:///home/a b/report (1).html")
    assert "[Full report](file:///home/a%20b/report%20%281%29.html)" in text


def test_names_of_the_user_stay_text(binary):
    text = summary_markdown(binary(title="a | b\n# c <script>`x` [l](u)", command="echo ```"))
    assert "# a \\| b # c &lt;script&gt;\\`x\\` \\[l\\](u)" in text
    assert "````sh\necho ```\n````" in text


def test_another_backend_than_the_one_asked_for_comes_before_the_verdict(bare_kernel):
    fallback = "asked ibm.ibm_torino, ran on qml.batched because ibm.ibm_torino refused: offline"
    text = summary_markdown(bare_kernel(fallback=fallback))
    assert text.index("**Another backend:** asked ibm.ibm\\_torino") < text.index("**The iqp")
    assert "Another backend" not in summary_markdown(bare_kernel())


def test_notes_of_a_measurement_are_notes_of_the_run(measured):
    assert "- Price: aws.amazon.com/braket/pricing, 2026-11-20." in summary_markdown(measured())
