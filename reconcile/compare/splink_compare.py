"""Splink (PyPI, 5.0) on the records that `cargo run --release -p reconcile --example quality -- export DIR` writes.

    pip install splink
    python splink_compare.py DIR/ordinary.csv DIR/hard.csv

Splink learns its weights from the records without the truth. Pairs come from one athlete, two sources, and starts at
most 14 hours apart; clusters are those of its own clustering at 0.99, the engine's own threshold. Prints pairwise
precision and recall.
"""

import sys

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import Linker, SettingsCreator
from splink.backends.duckdb import DuckDBAPI

THRESHOLD = 0.99
NEAR = "l.athlete = r.athlete and l.source <> r.source and abs(l.start - r.start) <= 50400"


def graded(column, sql, grades):
    """A comparison by grades: the first whose bound holds."""
    levels = [cll.NullLevel(column)]
    levels += [cll.CustomLevel(f"{sql} <= {grade}", f"{column} within {grade}") for grade in grades]
    return cl.CustomComparison(output_column_name=column, comparison_levels=[*levels, cll.ElseLevel()])


def relative(column):
    return f"abs({column}_l - {column}_r) / greatest({column}_l, {column}_r, 1)"


def clusters(path):
    connection = duckdb.connect()
    connection.execute(f"create table records as select * from read_csv('{path}', types={{'serial': 'VARCHAR'}})")
    api = DuckDBAPI(connection=connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            graded("start", "abs(start_l - start_r)", [1, 10, 60, 300, 1200]),
            graded("elapsed", relative("elapsed"), [0.001, 0.01, 0.05, 0.2]),
            graded("distance", relative("distance"), [0.005, 0.02, 0.05, 0.2]),
            cl.ExactMatch("family"),
            cl.DistanceInKMAtThresholds("latitude", "longitude", [0.2, 1, 5]),
            cl.ExactMatch("serial"),
        ],
        blocking_rules_to_generate_predictions=[NEAR],
        probability_two_random_records_match=1e-5,
    )
    linker = Linker(api.register("records"), settings, log_level=40)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (
        "l.athlete = r.athlete and l.source <> r.source and abs(l.start - r.start) <= 10",
        "l.athlete = r.athlete and l.source <> r.source and l.family = r.family"
        " and floor(l.distance / 20) = floor(r.distance / 20)",
    ):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_probability=THRESHOLD)
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, THRESHOLD)
    connection.register("clustered", clustered.as_duckdbpyrelation())
    return connection


def report(path):
    connection = clusters(path)
    count = lambda columns: connection.execute(
        f"""select coalesce(sum(n * (n - 1) / 2), 0) from (
            select count(*) as n from clustered join records using (unique_id) group by {columns})"""
    ).fetchone()[0]
    told, true, both = count("cluster_id"), count("records.truth"), count("cluster_id, records.truth")
    precision, recall = both / max(told, 1), both / max(true, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    print(f"{path}: F1 {f1:.4f} precision {precision:.5f} recall {recall:.4f} wrong {told - both:.0f}")


for file in sys.argv[1:]:
    report(file)
