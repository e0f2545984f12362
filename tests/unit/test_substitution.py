"""Which NAPTR regexps and `dohpath` values are such, by their RFCs and as BIND reads them."""

import pytest

from zonemesh.translation.doh_path import is_doh_path
from zonemesh.translation.substitution import is_substitution


@pytest.mark.parametrize(
    "regexp",
    [
        b"",
        b"!^.*$!sip:info@example.com!",
        b"!^.*$!sip:info@example.com!i",
        b"/a/b/",
        b"!a!!",
        rb"!a\!c!b\!!",
        rb"!^(\+44)(.*)$!sip:\2@\1.example.net!",
        rb"!(a)\1!\1!",
        b"!^[^]a-z[:digit:]_-]{2,5}$!x!",
        b"![[.-.]-9]!x!",
        b"!a{2}b{,c!x!",
        b"!(a|bc)+d?!x!",
        b"!()!x!",
        "!ü!ö!".encode(),
        b"!\xff!x!",
    ],
)
def test_a_substitution_expression_is_known(regexp):
    assert is_substitution(regexp)


@pytest.mark.parametrize(
    "regexp",
    [
        b"abc",
        b"!",
        b"!!!",
        b"!!x!",
        b"!a!x",
        b"!a!x!y!",
        b"!a!x!g",
        b"!a!x!I",
        b"1a1b1",
        b"iaibi",
        rb"\a\b\ ".strip(),
        b"\0a\0b\0",
        b"!a\0!b!",
        rb"!a!b\!",
        b"!(!x!",
        b"!(a!x!",
        b"![!x!",
        b"![^]!x!",
        b"![]!x!",
        b"![[:digits:]]!x!",
        b"![z-a]!x!",
        b"![a-c-e]!x!",
        b"![[:alpha:]-z]!x!",
        b"!a{2!x!",
        b"!a{3,2}!x!",
        b"!a{256}!x!",
        b"!{2}!x!",
        b"!*a!x!",
        b"!a**!x!",
        b"!^*!x!",
        b"!a|!x!",
        b"!|a!x!",
        b"!(a|)!x!",
        rb"!a!\1!",
        rb"!(a)!\2!",
        rb"!(a)!\0!",
        rb"!\1(a)!x!",
    ],
)
def test_what_is_no_substitution_expression_is_told(regexp):
    assert not is_substitution(regexp)


@pytest.mark.parametrize(
    "regexp", [b"![" + b"[=a=]" * 49 + b"!x!", b"!" + b"[[.a" * 60 + b"!x!", b"!" + b"[" * 250]
)
def test_an_expression_that_never_ends_is_told_at_once(regexp):
    assert not is_substitution(regexp)  # in time that grows with its length only


@pytest.mark.parametrize(
    "path",
    [
        b"/dns-query{?dns}",
        b"/{dns}",
        b"/q{&dns}/x",
        b"/q{?a,dns}",
        b"/q{?dns:3}",
        b"/{a}{?dns*}",
        b"/}{?dns}",
        "/ü{?dns}".encode(),
    ],
)
def test_a_path_of_doh_is_known(path):
    assert is_doh_path(path)


@pytest.mark.parametrize(
    "path",
    [
        b"",
        b"/",
        b"/dns-query",
        b"{?dns}",
        b"https://example.net/{?dns}",
        b"/{?dnsx}",
        b"/{?DNS}",
        b"/{?dns",
        b"/{?dns}{",
        b"/{?dns,}",
        b"/{}{?dns}",
        b"/\xe4{?dns}",
    ],
)
def test_what_is_no_path_of_doh_is_told(path):
    assert not is_doh_path(path)
