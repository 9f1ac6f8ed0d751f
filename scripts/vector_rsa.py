"""Primes of the vectors' RSA keys, made once at random: making them anew from a seed would take seconds in every run.
Not here: what the keys sign (see `vector_keys`). Every key is public: none of this protects anything."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

PRIMES = {
    1024: (
        int(
            "e1080f46d7b3d881cc52c4ae6930ed22d9463f3652e0c25b62d97472bc23f5ca786c5e43b3ca028bb70dbff5fe438690"
            "19fe5628dff04504dbd4bf96b4382a95",
            16,
        ),
        int(
            "dc8605ae5e5890c898f4bb439192f8f77e3a3375843cc5fd9ca4a4efc02869043d5f05659639efd86f8c5642ce884da5"
            "c886af4f5d4b52130786cef93bc033e9",
            16,
        ),
    ),
    2047: (
        int(
            "c6c2a24ba1ffd4f8d664b1bcd60065a0bade4eea49ce93d58bb5b8134cf4798d44c8ae309fa32bf82b6267e1d9bb72d9"
            "d84731fdabefbbd37ab319e5c867c302b83af058e9ccccfe13208b419f671157e7ed6515b37de8baf4b6191ac781b706"
            "05042708e5783d65f2019c079a3eaed192bd90d17ead4094a84551b47c87bdd3",
            16,
        ),
        int(
            "720969728f1f335a90c6545264e661ade77b691c75aec43c1ff60ea7dd690b398845ce70897ee3dbba746766bf114daf"
            "3c51c1ea32dab5ad8edf94f9c527a23329139d2ed4e2c9077bd607c82cc5aa1b2a6e4afcd1bf61a8090a3f1573312b0f"
            "4ce856ef981e5c2f6a0817f4b8b536c4095a9d62ded6263fa2a7d9867ed9f76f",
            16,
        ),
    ),
    2048: (
        int(
            "ffbeb44465bc2e927ebceec75c174288b727e9ac172f347583dea789ad2c8a4093dd0f299662f649981a114458b51dbe"
            "8122c5a09dc1e0657318dcb1579f13aea5841297f74bcfd42fb4e780b0783b9c7da7d6526247794421ba35d8865473a3"
            "e43d6daf384c3100241241593a4d6053fc9af854427c532251cda35af6a7143b",
            16,
        ),
        int(
            "b99ce305e0dd9bead74e25c1cfca1b4fcdf0a4d532608a2e24af8fb213812bc819c5473d70845257ef624155c8759e33"
            "c54f49a4004dbf1163b5c457032915f5fb6d28a769e14c6a80114e4e8bf4e72a24c417ca73ff5db17fb45935091cdbf5"
            "a7ff4e1997774750844b088ec4b222ef7a36783b26bb7bbc4c237209100eb80d",
            16,
        ),
    ),
    3072: (
        int(
            "f1f0b3c5c35bc3a20f800241c2227038d582d971fd32e0b107e6a2252ba41232f84be0b70f91f23a8cd7169a79f6c0ab"
            "c70730f0bd449a080874e52844f3c62617a7acb5e1face94a4b499eb8c799a30451d88f0b5e3c11d87211eeaaa542cca"
            "a5de823931f0c0209479f22b4c312b0147df1785f21ea14ddda137cd4b9f759eb710b4b9f185e9a46d4de8a830411050"
            "7702b172c4d3ac038eb7763dc2dfa55a8de6e117c5afc9f1c34d69c289a69d774c3c7307bee294fd23cdf6073459a22b",
            16,
        ),
        int(
            "d59fee90029b51cfd53bb0c4c94c5c620f6ff158e022b4d51c14c5952bedafb6f0719ed5ef951d46c874f690dc6122d3"
            "8f1fa85a2aff25577e7013ddeaaa166077eb57645356bb72d776d89ee0ee140758b827084a363eb73324563e98099ef6"
            "ad00ecd431faf37e191f927db4723407dc25e9e474c1dc27117acf7b5340674ebdf7d719fbc77477cdd587b87cba300b"
            "dd6b582ddf4d9680e513ece2a369e5aae85caa3b1400778a893443f32d1352996418205815a06ad4e2b463e851e4707f",
            16,
        ),
    ),
}
"""Bits of the modulus → its two primes."""


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    """The key of that size; 1024 and 2047 bits are there to be refused. Checked once: the library does so slowly."""
    p, q = PRIMES[bits]
    d = rsa.rsa_recover_private_exponent(65_537, p, q)
    public = rsa.RSAPublicNumbers(65_537, p * q)
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key()
