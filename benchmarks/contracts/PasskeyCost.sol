// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";

/// @title Gas of one passkey check, by the way of SettlementLedger and by the library's function alone.
contract PasskeyCost {
    error PasskeyCostInvalidSignature();

    /// @notice Gas of both ways over a valid signature; reverts over any other.
    /// @param signer ERC-7913: verifier (20 bytes), x and y (32 bytes each).
    function measure(bytes calldata signer, bytes32 digest, bytes calldata signature)
        external
        view
        returns (uint256 checker, uint256 library_)
    {
        bytes memory name = signer;
        bytes memory signed = signature;
        uint256 start = gasleft();
        bool valid = SignatureChecker.isValidSignatureNow(name, digest, signed);
        checker = start - gasleft();

        (bool decoded, WebAuthn.WebAuthnAuth calldata auth) = WebAuthn.tryDecodeAuth(signature);
        WebAuthn.WebAuthnAuth memory copy = auth;
        bytes memory challenge = abi.encodePacked(digest);
        bytes32 x = bytes32(signer[20:52]);
        bytes32 y = bytes32(signer[52:84]);
        start = gasleft();
        bool alone = WebAuthn.verify(challenge, copy, x, y);
        library_ = start - gasleft();
        if (!valid || !decoded || !alone) revert PasskeyCostInvalidSignature();
    }
}
