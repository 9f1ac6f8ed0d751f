// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";

/**
 * @title Signatures
 * @notice Whether an ERC-7913 signer signed a digest: for every signer and every signature the answer of OpenZeppelin's
 * `SignatureChecker`, without the call of another contract where the caller has the same code at hand.
 * @dev That call costs 2,600 gas for a cold account and has the signature copied twice.
 */
library Signatures {
    uint256 internal constant ADDRESS_SIZE = 20;
    uint256 internal constant P256_SIGNER_SIZE = 84;

    uint256 private constant P256_SIGNATURE_SIZE = 64;
    uint256 private constant AUTH_HEAD_SIZE = 0xC0;
    uint256 private constant TYPE_SIZE = 21; // "type":"webauthn.get"

    /**
     * @notice Whether `signer` signed `digest`.
     * @param signer ERC-7913 signer: `verifier || key`, or a bare address.
     * @param digest What is signed.
     * @param signature The signature as its kind of signer has it.
     * @param passkeyVerifier Where OpenZeppelin's `ERC7913WebAuthnVerifier` is, and nothing else.
     * @param deviceVerifier Where `DeviceKeyVerifier` is, and nothing else.
     * @return What `SignatureChecker.isValidSignatureNow(signer, digest, signature)` returns.
     */
    function isValid(
        bytes calldata signer,
        bytes32 digest,
        bytes calldata signature,
        address passkeyVerifier,
        address deviceVerifier
    ) internal view returns (bool) {
        if (signer.length == ADDRESS_SIZE) {
            return SignatureChecker.isValidSignatureNowCalldata(address(bytes20(signer)), digest, signature);
        }
        if (signer.length == P256_SIGNER_SIZE) {
            (address verifier, bytes32 x, bytes32 y) = _parts(signer);
            if (verifier == passkeyVerifier) return isByPasskey(x, y, digest, signature);
            if (verifier == deviceVerifier) return isByDeviceKey(x, y, digest, signature);
        }
        return SignatureChecker.isValidSignatureNow(signer, digest, signature);
    }

    /**
     * @notice What `ERC7913WebAuthnVerifier.verify` does: user present and verified, this digest as the challenge.
     * @param x First coordinate of the key.
     * @param y Second coordinate of the key.
     * @param digest The challenge.
     * @param signature The ABI encoding of the body of `WebAuthn.WebAuthnAuth`.
     * @return Whether the passkey signed it.
     */
    function isByPasskey(
        bytes32 x,
        bytes32 y,
        bytes32 digest,
        bytes calldata signature
    ) internal view returns (bool) {
        (bool decoded, WebAuthn.WebAuthnAuth memory auth) = _tryDecode(signature);
        return decoded && _typeFits(auth) && WebAuthn.verify(abi.encodePacked(digest), auth, x, y);
    }

    /**
     * @notice Whether a P-256 key of a browser signed SHA-256 of `digest`, as Web Cryptography has it.
     * @param x First coordinate of the key.
     * @param y Second coordinate of the key.
     * @param digest The message, 32 bytes.
     * @param signature r || s with s in the lower half.
     * @return Whether the key signed it.
     */
    function isByDeviceKey(
        bytes32 x,
        bytes32 y,
        bytes32 digest,
        bytes calldata signature
    ) internal view returns (bool) {
        if (signature.length != P256_SIGNATURE_SIZE) return false;
        return
            P256.verify(sha256(abi.encodePacked(digest)), bytes32(signature[:32]), bytes32(signature[32:]), x, y);
    }

    /// @dev Of a signer of 84 bytes. Slices would check the length again and again, for 300 gas.
    function _parts(bytes calldata signer) private pure returns (address verifier, bytes32 x, bytes32 y) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            verifier := shr(96, calldataload(signer.offset))
            x := calldataload(add(signer.offset, 20))
            y := calldataload(add(signer.offset, 52))
        }
    }

    /// @dev Whether the type ends inside the client data. The library refuses by the same condition, but only once
    /// it has read there; memory far away takes all gas, of which a called contract loses its share and this one
    /// everything.
    function _typeFits(WebAuthn.WebAuthnAuth memory auth) private pure returns (bool) {
        unchecked {
            return auth.typeIndex + TYPE_SIZE - 1 < bytes(auth.clientDataJSON).length;
        }
    }

    /// @dev `WebAuthn.tryDecodeAuth` and the copy to memory in one: the encoding is copied as it stands, and its two
    /// offsets become pointers into the copy. That takes 700 gas instead of 2,500. What points outside of the encoding
    /// is refused by the same conditions; `auth` is not to be read then.
    function _tryDecode(
        bytes calldata signature
    ) private pure returns (bool decoded, WebAuthn.WebAuthnAuth memory auth) {
        if (signature.length < AUTH_HEAD_SIZE) return (false, auth);
        bytes memory copy = signature;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let start := add(copy, 0x20)
            let last := sub(mload(copy), 0x20) // where a length can stand at most
            let data := mload(add(start, 0x80))
            let client := mload(add(start, 0xa0))
            if iszero(or(gt(data, last), gt(client, last))) {
                let dataFits := iszero(gt(mload(add(start, data)), sub(last, data)))
                let clientFits := iszero(gt(mload(add(start, client)), sub(last, client)))
                decoded := and(dataFits, clientFits)
                mcopy(auth, start, 0x80) // r, s and the two indices
                mstore(add(auth, 0x80), add(start, data))
                mstore(add(auth, 0xa0), add(start, client))
            }
        }
    }
}
